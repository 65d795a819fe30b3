"""The bot's part in a conversation: it is asked a turn at a time, and heard once for each.

What the customer writes while a turn is out is kept, and is the next turn, as one. With the state `bot` the
dialogue is over, and forgotten.
"""

from collections.abc import Mapping

from schemas.bot import BotAnswered, BotAsked, BotPlan, HandOver
from schemas.needs import Request
from schemas.states import Role
from schemas.topics import BOT_QUESTIONS
from streams.conversations.decision import Decision
from streams.conversations.legs import Home, request_agent
from streams.conversations.notes import NOTE
from streams.conversations.state import Dialogue
from streams.conversations.timers import expect_customer
from streams.harness.decider import Output

MOST_KEPT = 20
"""Texts of one turn; of more the last ones are answered."""

NO_ANSWER = "bot_no_answer"
OFF = "bot_off"
BOT = "bot"


def begin(plan: BotPlan | None) -> Dialogue | None:
    """The dialogue of a conversation that the bot serves. Raises ValueError for a plan without a queue."""
    if plan is not None and not plan.homes:
        raise ValueError("the bot has no queue to hand over to")
    return Dialogue(plan=plan) if plan is not None else None


def hear(decision: Decision, text: str, *, off: bool = False) -> None:
    """The customer writes: the bot is asked, now or when it has answered what is out. Where it is `off`, what
    is out counts as not answered."""
    dialogue = decision.conversation.dialogue
    if dialogue is None:
        return
    if off:
        _go_without(decision, dialogue, OFF)
        return
    dialogue.kept = [*dialogue.kept, text][-MOST_KEPT:]
    if dialogue.due_ms is None:
        _ask(decision, dialogue)


def take(decision: Decision, command: BotAnswered) -> None:
    """The answer to the turn that is out; any other comes too late."""
    dialogue = decision.conversation.dialogue
    if dialogue is None or dialogue.due_ms is None or command.turn != dialogue.turn:
        return
    for number, text in enumerate(command.texts, 1):
        decision.write(Role.BOT, f"bot.{command.turn}.{number}", BOT, text)
    dialogue.due_ms, dialogue.memory = None, command.memory
    if command.hand_over is not None:
        _hand_over(decision, dialogue, command.hand_over, command.attributes)
        return
    if _learn(decision, command.attributes):
        decision.changed()
    if dialogue.kept:
        _ask(decision, dialogue)


def run_timer(decision: Decision) -> None:
    """The bot did not answer in time: a person will, or the customer is told."""
    dialogue = decision.conversation.dialogue
    if dialogue is None or dialogue.due_ms is None or dialogue.due_ms > decision.at_ms:
        return
    _go_without(decision, dialogue, NO_ANSWER)


def _go_without(decision: Decision, dialogue: Dialogue, reason: str) -> None:
    dialogue.due_ms = None
    if not dialogue.plan.says:
        _hand_over(decision, dialogue, HandOver(reason=reason), {})
        return
    if reason == OFF:
        dialogue.turn += 1  # nothing is asked, but the message below needs an id of its own
    decision.write(Role.BOT, f"bot.{dialogue.turn}.late", BOT, dialogue.plan.says)
    dialogue.kept = []


def _ask(decision: Decision, dialogue: Dialogue) -> None:
    session = decision.conversation
    dialogue.turn += 1
    dialogue.due_ms = decision.after(dialogue.plan.answer_s)
    asked_ms = decision.moment.appended_ms
    asked = BotAsked(
        session_id=session.session_id,
        turn=dialogue.turn,
        texts=tuple(dialogue.kept),
        memory=dialogue.memory,
        customer_name=session.customer_name,
        attributes=session.attributes,
        queues=tuple(dialogue.plan.homes),
        asked_ms=asked_ms,
        until_ms=asked_ms + round(dialogue.plan.answer_s * 1000),
        synthetic=session.synthetic,
    )
    dialogue.kept = []
    decision.outputs.append(Output(BOT_QUESTIONS, session.partition, session.session_id, asked))


def _learn(decision: Decision, attributes: Mapping[str, str]) -> bool:
    """Whether any of it is news."""
    session = decision.conversation
    before, session.attributes = session.attributes, {**session.attributes, **attributes}
    return before != session.attributes


def _hand_over(decision: Decision, dialogue: Dialogue, asks: HandOver, attributes: Mapping[str, str]) -> None:
    """The customer waits for a person; the agent reads what was said, the customer does not."""
    session, homes = decision.conversation, dialogue.plan.homes
    home = homes.get(asks.queue) or next(iter(homes.values()))
    told = {"bot_reason": asks.reason, "bot_summary": asks.summary}
    _learn(decision, {**attributes, **{name: value for name, value in told.items() if value}})
    if asks.summary:
        decision.write(Role.BOT, f"bot.{dialogue.turn}.summary", BOT, asks.summary, NOTE)
    request = Request(queue=home.queue, channel=session.channel, synthetic=session.synthetic)
    request_agent(decision, Home(home.pool, home.partition), request)
    expect_customer(decision)
