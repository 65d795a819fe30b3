"""A session whose customer is erased ends, and keeps and says nothing personal any more."""

import pytest
from msgspec import to_builtins
from msgspec.structs import replace

from schemas.codec import encode
from schemas.conversation import EraseConversation
from tests.streams.conversations.sessions import HISTORIES, SESSION, Session, ended, gists, note, start

ERASE = EraseConversation(session_id=SESSION)
WORDS = ("kim-the-customer", "010-1234", "words")


@pytest.mark.parametrize("state", [name for name in HISTORIES if name not in ("absent", "ivr")])
def test_nothing_personal_is_kept_or_said(state: str) -> None:
    first = replace(start(), customer_id=WORDS[0], customer_name=WORDS[0], phone=WORDS[1], message=WORDS[2])
    session = Session(first, *HISTORIES[state][1:])
    said = session.hear(ERASE)
    said += session.hear(replace(note(), text=WORDS[2]))
    said += session.hear(replace(ended(), note=WORDS[2]))
    said += session.hear(ERASE)
    kept = str(to_builtins(session.state)) + b"".join(map(encode, said)).decode()
    assert not [word for word in WORDS if word in kept]
    assert session.where in ("closed", "gone")


def test_again_it_says_no_more_than_to_forget() -> None:
    session = Session(start(), ERASE)
    assert gists(session.hear(ERASE)) == "conversation.erased, conversation.erase"
