"""Going first on a shared machine, in processes of their own: what is raised here would stay raised."""

import os
import subprocess
import sys

import pytest

from loadgen.run import require_loopback
from loadgen.run.plan import NotLoopback
from loadgen.trust.priority import NICE, shares_machine

_GO = """
import os, sys
from loadgen.trust.priority import go_first, shares_machine
shares_machine("http://127.0.0.1:1")
{before}
print(go_first("http://127.0.0.1:1"))
print(os.getpriority(os.PRIO_PROCESS, 0))
"""
_AS_NOBODY = "os.seteuid(65534)"


def _said(before: str = "") -> list[str]:
    ran = subprocess.run(
        ["nice", "-n", "1", sys.executable, "-c", _GO.format(before=before)],
        check=True,
        capture_output=True,
        text=True,
    )
    return ran.stdout.splitlines()


def _may_be_raised() -> bool:
    return os.geteuid() == 0


def test_it_is_raised_or_said_why_not() -> None:
    said, nice = _said()
    if _may_be_raised():
        assert (said, int(nice)) == ("", NICE)
    else:
        assert "CAP_SYS_NICE" in said


def test_who_may_not_is_told_what_would_allow_it() -> None:
    said, nice = _said(_AS_NOBODY if _may_be_raised() else "")
    assert "may not run at higher priority" in said
    assert "CAP_SYS_NICE" in said
    assert int(nice) > NICE


@pytest.mark.parametrize(
    ("url", "shared"),
    [
        ("http://127.0.0.1:80", True),
        ("https://localhost", True),
        ("http://[::1]:80", True),
        ("http://192.0.2.1", False),
        ("http://192.0.2.1,http://127.0.0.1", True),
        ("http://nobody.invalid", False),
    ],
)
def test_whose_machine_it_is(url: str, shared: bool) -> None:
    assert shares_machine(url) is shared


def test_every_address_has_to_be_this_machine_s() -> None:
    require_loopback("http://127.0.0.1:1,http://localhost:2,http://[::1]:3")
    with pytest.raises(NotLoopback):
        require_loopback("http://127.0.0.1:1,http://192.0.2.1")
    require_loopback("http://127.0.0.1:1,http://192.0.2.1", allowed=True)
