"""The one way a processor ends by itself."""

import logging
import os
from pathlib import Path

import pytest

import streams
from streams.harness.continuity import Discontinuity
from streams.harness.ending import Exit, ending_on_error
from streams.harness.partition import UnknownRules
from streams.harness.shell import REFUSALS


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (UnknownRules("version 9"), Exit.RULES, "ending: version 9"),
        (Discontinuity("made anew"), Exit.CONTINUITY, "ending: made anew"),
        (KeyError("k"), Exit.EXCEPTION, "ending: it failed: KeyError('k')"),
    ],
)
def test_an_exception_ends_the_process_with_its_code_and_reason(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception, code: Exit, text: str
) -> None:
    def leave(status: int) -> None:
        raise SystemExit(status)

    monkeypatch.setattr(os, "_exit", leave)
    monkeypatch.setattr(logging, "shutdown", lambda: None)
    with pytest.raises(SystemExit) as ended, ending_on_error("it failed", REFUSALS):
        raise error
    assert ended.value.code == code
    assert caplog.messages[-1] == text


def test_exceptions_are_caught_around_a_step_and_around_the_process_and_nowhere_else() -> None:
    sources = Path(str(streams.__file__)).parent.rglob("*.py")
    counts = {source.name: source.read_text().count("except Exception") for source in sources}
    assert {name: count for name, count in counts.items() if count} == {"ending.py": 1, "partition.py": 1}
