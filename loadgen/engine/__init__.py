"""An HTTP/1.1 client core for load: raw protocols, keep-alive pools, honest latencies."""

from loadgen.engine.answer import Answer, Failure
from loadgen.engine.blast import Result, blast
from loadgen.engine.client import FORM, JSON, Client
from loadgen.engine.latencies import Latencies
from loadgen.engine.pace import arrive
from loadgen.engine.schedule import Stage, arrivals
from loadgen.engine.timerfd import Alarm, alarm
from loadgen.engine.tls import Tls

__all__ = [
    "FORM",
    "JSON",
    "Alarm",
    "Answer",
    "Client",
    "Failure",
    "Latencies",
    "Result",
    "Stage",
    "Tls",
    "alarm",
    "arrivals",
    "arrive",
    "blast",
]
