"""Ratings: one for each conversation that is over, remembered by an entity beside it.

Of a conversation that is gone only a mark is left, which can remember nothing.
"""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from schemas.codec import Tick
from schemas.conversation import (
    ConversationCommand,
    ConversationRated,
    EraseConversation,
    RateConversation,
)
from schemas.keys import rating_name
from schemas.states import Verdict
from schemas.topics import CONVERSATION_COMMANDS, CONVERSATION_EVENTS
from streams.conversations.answering import answered
from streams.conversations.customers import OVER
from streams.conversations.decision import Decision
from streams.harness.decider import Life, Moment, Output

KEPT_S = 2 * 3600.0
"""Longer than a session may be rated: its mark counts for an hour. Postgres takes the first one only, too."""


class Rating(msgspec.Struct, kw_only=True, omit_defaults=True, tag="rating"):
    """What the customer thinks of a session; 0 is nothing yet. `due_ms` is on the partition's clock."""

    name: str
    partition: int
    gone: bool = False
    rating: int = 0
    comment: str = ""
    due_ms: int | None = None


def rate(decision: Decision, command: RateConversation) -> None:
    """A session passes on what is said of it once it is over."""
    session = decision.conversation
    if not session.gone and session.state not in OVER:
        decision.answer(command, Verdict.CONFLICT, reason="open")
        return
    passed = replace(command, valid_until_ms=0)
    name = rating_name(session.session_id)
    decision.outputs.append(Output(CONVERSATION_COMMANDS, session.partition, name, passed))


def step(rating: Rating, command: ConversationCommand, at: Moment) -> Sequence[Output]:
    """The first rating counts; the same again is the same. Raises ValueError for any other command."""
    match command:
        case RateConversation():
            return _take(rating, command, at)
        case EraseConversation():
            # The mark of the rating stays, so that there is no second one.
            rating.comment = ""
            return ()
        case Tick():
            rating.gone = rating.due_ms is not None and rating.due_ms <= at.at_ms
            return ()
        case _:
            raise ValueError(f"{type(command).__name__} to a rating")


def life(rating: Rating) -> Life:
    """It is kept for longer than it could be asked for again."""
    if rating.gone:
        return Life.GONE
    return Life.LIVE if rating.rating else Life.ABSENT


def _take(rating: Rating, command: RateConversation, at: Moment) -> Sequence[Output]:
    session = command.session_id
    said: list[Output] = []
    if not rating.rating and not rating.gone:
        rated = ConversationRated(
            session_id=session, rating=command.rating, comment=command.comment, at_ms=at.appended_ms
        )
        said.append(Output(CONVERSATION_EVENTS, rating.partition, session, rated))
        rating.rating, rating.comment, rating.due_ms = command.rating, command.comment, at.after(KEPT_S)
    same = (rating.rating, rating.comment) == (command.rating, command.comment)
    if command.reply_to:
        verdict, reason = (Verdict.ACCEPTED, "") if same else (Verdict.CONFLICT, "rated")
        said.append(answered(session, command, verdict, reason=reason))
    return said
