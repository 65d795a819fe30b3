"""A conversation that is over is rated once."""

from typing import Any

import pytest

from schemas.codec import Tick, type_of
from schemas.conversation import CommandAnswered, ConversationCommand, ConversationRated, EraseConversation
from schemas.keys import rating_name
from schemas.topics import CONVERSATION_COMMANDS
from streams.conversations.ratings import KEPT_S, Rating
from streams.harness.decider import Life, Moment
from tests.streams.conversations.sessions import (
    BEGIN_MS,
    DECIDER,
    HISTORIES,
    PARTITION,
    RULES,
    SESSION,
    Session,
    gists,
    post,
    rate,
)

NAME = rating_name(SESSION)


class Rated:
    """The entity of a session's rating, as its owner keeps it."""

    def __init__(self, *history: ConversationCommand) -> None:
        self.state: Any = DECIDER.new(NAME, PARTITION, Life.ABSENT)
        self.now_ms = BEGIN_MS
        for command in history:
            self.hear(command)

    def hear(self, command: ConversationCommand, after_s: float = 0.0) -> str:
        """What is said to one more command, the state having been at rest before it."""
        self.now_ms += int(after_s * 1000)
        self.state = DECIDER.unpack(DECIDER.pack(self.state))
        outputs = RULES.step(self.state, command, Moment(self.now_ms, self.now_ms))
        if RULES.life(self.state) is Life.GONE:
            self.state = DECIDER.new(NAME, PARTITION, Life.GONE)
        return gists([output.record for output in outputs])


@pytest.mark.parametrize("state", ["wrapping", "closed", "gone"])
def test_a_session_that_is_over_passes_a_rating_on(state: str) -> None:
    session = Session(*HISTORIES[state])
    (output,) = RULES.step(session.state, rate(), Moment(BEGIN_MS, BEGIN_MS))
    assert (output.topic, output.partition, output.key) == (CONVERSATION_COMMANDS, PARTITION, NAME)
    assert output.record == rate()


def test_the_first_rating_is_said_and_the_same_again_is_the_same() -> None:
    rated = Rated()
    assert rated.hear(rate(5, "thanks")) == "conversation.rated, answer accepted"
    assert rated.hear(rate(5, "thanks")) == "answer accepted"
    assert rated.hear(rate(5)) == "answer conflict rated"
    assert rated.hear(rate(4, "thanks")) == "answer conflict rated"


def test_what_is_said_of_it() -> None:
    state = DECIDER.new(NAME, PARTITION, Life.ABSENT)
    said = [one.record for one in RULES.step(state, rate(3, "so so"), Moment(BEGIN_MS, BEGIN_MS + 7))]
    assert said[0] == ConversationRated(session_id=SESSION, rating=3, comment="so so", at_ms=BEGIN_MS + 7)
    assert isinstance(said[1], CommandAnswered)
    assert {one.session_id for one in said if isinstance(one, CommandAnswered)} == {SESSION}


def test_it_is_remembered_longer_than_its_session_could_be_rated() -> None:
    rated = Rated(rate())
    assert RULES.due_ms(rated.state) == BEGIN_MS + KEPT_S * 1000
    rated.hear(Tick(), KEPT_S - 1)
    assert rated.hear(rate()) == "answer accepted"
    rated.hear(Tick(), 1)
    assert rated.hear(rate()) == "answer conflict rated"
    assert RULES.life(Rated().state) is Life.ABSENT


def test_it_hears_nothing_else() -> None:
    with pytest.raises(ValueError, match="to a rating"):
        Rated().hear(post())
    assert isinstance(Rated().state, Rating)
    assert type_of(rate()) == "chat.rate"


def test_of_an_erased_customer_the_words_go_and_the_rating_counts() -> None:
    rated = Rated(rate(4, "my number is 010-1234"), EraseConversation(session_id=SESSION))
    assert (rated.state.rating, rated.state.comment) == (4, "")
    assert rated.hear(rate(1)) == "answer conflict rated"
