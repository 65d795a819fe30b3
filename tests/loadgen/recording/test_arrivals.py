"""The file of arrivals, what goes into it, and its replay."""

from pathlib import Path
from random import Random

import pytest
import uvloop

from loadgen.profiles.model import Mode
from loadgen.profiles.reading import read as read_profile
from loadgen.recording import Arrival, RecordingError, read, write
from loadgen.recording.hearing import Hearing
from loadgen.results.window import Window
from loadgen.run import Plan, execute
from schemas.conversation import ConnectAgent, EndConversation, PostMessage, StartChat
from schemas.states import Role
from tests.loadgen.servers import served

SALT = b"salt"


def test_written_and_read(tmp_path: Path) -> None:
    arrivals = [
        Arrival(at=2.5, who="b", queue="sales", steps=(("start", 0.0), ("message", 1.25))),
        Arrival(at=0.001, who="a", channel="voice", steps=(("ivr", 0.0),)),
    ]
    for name in ("a.ndjson", "a.ndjson.gz"):
        assert write(tmp_path / name, 10, arrivals) == 2
        recording = read(tmp_path / name)
        assert recording.arrivals == tuple(reversed(arrivals))
        assert recording.seconds == 10
        assert recording.times(2) == (0.0005, 1.25)
        assert recording.per_s(0.5) == [1, 0, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: is none of a recording"),
        ('{"format":"har","version":1,"seconds":1,"arrivals":0}\n', "line 1"),
        ('{"format":"aicc-arrivals","version":2,"seconds":1,"arrivals":0}\n', "is of version 2, known is 1"),
        ('{"format":"aicc-arrivals","version":1,"seconds":1,"arrivals":2}\n{"at":1}\n', "1 arrivals of 2"),
        ('{"format":"aicc-arrivals","version":1,"seconds":1,"arrivals":1}\n{"t":1}\n', "line 2"),
        (
            '{"format":"aicc-arrivals","version":1,"seconds":1,"arrivals":2}\n{"at":1}\n{"at":0}\n',
            "not in order",
        ),
    ],
)
def test_what_is_no_recording(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "a.ndjson"
    path.write_text(text)
    with pytest.raises(RecordingError, match=said):
        read(path)
    with pytest.raises(RecordingError, match="can't be read"):
        read(tmp_path / "missing")


def hearing() -> Hearing:
    found = Hearing(1_000, 10_000, SALT)
    found.hear(StartChat(session_id="early", customer_id="kim"), 999)
    found.hear(PostMessage(session_id="early", message_id="1", text="secret"), 1_000)
    found.hear(StartChat(session_id="s1", customer_id="kim", phone="+82 10", message="secret"), 2_000)
    found.hear(StartChat(session_id="load", customer_id="run-1-1", synthetic=True), 2_000)
    found.hear(StartChat(session_id="s2", customer_id="kim", customer_name="Kim"), 1_500)
    for at_ms in (2_250, 2_300):
        found.hear(PostMessage(session_id="s1", message_id="m1", text="secret"), at_ms)
    found.hear(PostMessage(session_id="s1", message_id="m2", text="x", role=Role.AGENT, sender_id="a"), 2_400)
    found.hear(ConnectAgent(session_id="s1", pool="p", pool_partition=0, queue="sales"), 3_250)
    found.hear(EndConversation(session_id="s1", reason="agent"), 4_000)
    found.hear(EndConversation(session_id="s1"), 5_250)
    found.hear(StartChat(session_id="late", customer_id="kim"), 10_000)
    return found


def test_what_is_heard_is_when_and_what_but_not_who() -> None:
    second, first = hearing().arrivals()[::-1]
    assert (first.at, second.at) == (0.5, 1.0)
    assert (second.queue, second.channel) == ("sales", "chat")
    assert second.steps == (("start", 0.0), ("message", 0.25), ("connect", 1.0), ("end", 2.0))
    assert first.who == second.who != ""


def test_nothing_of_anybody_is_in_the_file(tmp_path: Path) -> None:
    write(tmp_path / "a", 9, hearing().arrivals())
    text = (tmp_path / "a").read_text()
    for word in ("kim", "Kim", "secret", "+82", "s1", "m1"):
        assert word not in text
    other = Hearing(0, 10, b"pepper")
    other.hear(StartChat(session_id="s1", customer_id="kim"), 1)
    assert other.arrivals()[0].who not in text, "another file's ids are others"


@pytest.mark.parametrize("speed", [1.0, 3.0])
def test_replayed_arrivals_match_second_by_second(tmp_path: Path, rng: Random, speed: float) -> None:
    """Within 1 %: from the file through the engine, at 300 a second with a burst in it."""
    at, arrivals = 0.0, []
    while at < 1.9 * speed:
        arrivals.append(Arrival(at=round(at, 3)))
        at += rng.expovariate((900 if 0.8 < at / speed < 1.2 else 300) / speed)
    path = tmp_path / "a.ndjson"
    write(path, 2 * speed, arrivals)
    profile = read_profile(f"mode: replay\nfile: {path}\nspeed: {speed}\nsteps: [get: /status/200]", "again")
    assert profile.mode is Mode.REPLAY
    windows: list[Window] = []
    with served("tests.loadgen.small_app:app") as server:
        times = read(path).times()
        plan = Plan(profile, server.url, "r1", processes=0, arrivals=times)
        uvloop.run(execute(plan, windows.append))
    wanted = read(path).per_s(speed)
    assert [window.intended for window in windows][: len(wanted)] == pytest.approx(wanted, rel=0.01)
    assert sum(window.begun for window in windows) == len(arrivals)
