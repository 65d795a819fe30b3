"""Images go into the transcript as the message names them; a repeat changes nothing."""

from msgspec.structs import replace

from schemas.attachments import Attachment, attachment, attachment_id
from schemas.conversation import MessageAdded
from tests.streams.conversations.sessions import HISTORIES, Session, by_agent, post

IMAGE: Attachment = attachment(attachment_id("0" * 32, 8, 6, "webp"), 99)


def test_both_sides_may_show_images_without_a_word() -> None:
    session = Session(*HISTORIES["active"])
    before = len(session.said)
    for said in (post(message_id="a"), by_agent(message_id="b")):
        session.hear(replace(said, text="", attachments=(IMAGE,)))
        session.hear(replace(said, text="", attachments=()))
    added = [one for one in session.said[before:] if isinstance(one, MessageAdded)]
    assert [(one.message_id, one.text, one.attachments) for one in added] == [
        ("a", "", (IMAGE,)),
        ("b", "", (IMAGE,)),
    ]
