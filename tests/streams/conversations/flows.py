"""A small flow with every kind of node."""

from schemas.calls import QueueHome
from schemas.flows import AskDigits, End, Flow, Menu, Option, Play, SetAttributes, ToQueue

FLOW = Flow(
    name="f",
    version=7,
    start="hello",
    nodes={
        "hello": Play(prompt="Hello.", then="menu"),
        "menu": Menu(
            prompt="One or two?",
            options=(
                Option(digit="1", then="mark", words=("person", "상담원")),
                Option(digit="2", then="note"),
            ),
            otherwise="lost",
            timeout_s=4.0,
            tries=2,
            wrong="No.",
            silent="Well?",
        ),
        "mark": SetAttributes(attributes={"topic": "talk"}, then="desk"),
        "desk": ToQueue(queue="desk", prompt="Please wait.", priority=3),
        "note": SetAttributes(attributes={"topic": "number"}, then="number"),
        "number": AskDigits(
            prompt="Your number?",
            attribute="number",
            min_digits=3,
            max_digits=5,
            timeout_s=9.0,
            then="bye",
            otherwise="lost",
            wrong="No number.",
        ),
        "bye": End(prompt="Number {number}, {topic}bye."),
        "lost": Play(prompt="Sorry.", then="desk"),
    },
)
HOMES = {"desk": QueueHome("q", "p", 0)}
