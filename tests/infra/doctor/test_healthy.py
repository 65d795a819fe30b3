"""A platform that lacks nothing, by the command itself."""

import asyncio
import json
import os
import subprocess
import time
from typing import Any

from infra.doctor.examine import CHECKS
from infra.services import script
from tests.platform import Platform

_MACHINE = {"disk", "open files"}
"""Whether there is room is this machine's own affair."""


def doctor(platform: Platform, *more: str) -> tuple[int, dict[str, Any]]:
    command = [script("aicc-doctor"), "--json", "--gateway", platform.base_url, *more]
    command += [part for one in CHECKS if one.name not in _MACHINE for part in ("--only", one.name)]
    ran = subprocess.run(command, env=os.environ | platform.environment, stdout=subprocess.PIPE, check=False)
    return ran.returncode, json.loads(ran.stdout)


def test_a_whole_platform_is_found_healthy(platform: Platform) -> None:
    (platform.var / "jwt.key").chmod(0o600)
    alone = "responder-0" not in platform.services
    if alone:
        platform.start("responder")
    try:
        asyncio.run(platform.ready())
        deadline = time.monotonic() + 60
        status, told = doctor(platform)
        while status and time.monotonic() < deadline:
            status, told = doctor(platform)  # beside other tests somebody may be late for a moment
    finally:
        if alone:
            platform.end("responder-0")
    assert [one for one in told["checks"] if one["standing"] != "ok"] == []
    assert (status, told["standing"]) == (0, "ok")
