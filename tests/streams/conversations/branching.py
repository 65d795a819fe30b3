"""A flow with a branch for everything that can go wrong."""

from schemas.calls import QueueHome
from schemas.flows import (
    AskDigits,
    CallBack,
    End,
    Flow,
    LeaveMessage,
    Menu,
    OnHours,
    OnLength,
    Option,
    Play,
    SetAttributes,
    ToQueue,
)
from schemas.hours import Hours

OFFICE = Hours(name="office", zone="UTC", weekly={"tue": ("09:00-23:00",)})
NIGHT = Hours(name="office", zone="UTC", weekly={"thu": ("09:00-18:00",)})
"""Tests begin on a Tuesday, 22:13:20 UTC."""

BRANCHING = Flow(
    name="branching",
    version=1,
    start="hours",
    language="ko-KR",
    hours=(OFFICE,),
    hangup="left",
    nodes={
        "hours": OnHours(hours="office", open="length", closed="message"),
        "length": OnLength(queue="desk", at_least=5, then="long", otherwise="desk"),
        "desk": ToQueue(queue="desk", prompt="Wait.", closed="message", full="long", late="sorry"),
        "long": Menu(
            prompt="Many wait. 1: call me back. 2: leave a message.",
            options=(Option(digit="1", then="number"), Option(digit="2", then="message")),
            otherwise="sorry",
        ),
        "number": AskDigits(
            prompt="Your number?", attribute="number", min_digits=3, then="back", otherwise="back"
        ),
        "back": CallBack(queue="desk", prompt="We will call.", number="number", priority=4),
        "message": LeaveMessage(queue="desk", prompt="Speak.", then="thanks", otherwise="sorry"),
        "thanks": End(prompt="Thanks."),
        "sorry": Play(prompt="Sorry.", then="bye"),
        "bye": End(prompt="Bye."),
        "left": SetAttributes(attributes={"left": "yes"}, then="gone"),
        "gone": End(),
    },
)
HOMES = {"desk": QueueHome("q", "p", 0, NIGHT)}
