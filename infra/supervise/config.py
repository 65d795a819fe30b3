"""supervisord's configuration, made from the table of programs."""

from __future__ import annotations

import hashlib
import os
import shlex
import tempfile
from collections.abc import Sequence
from pathlib import Path

from infra.services import Program

# sun_path holds 107 bytes, and supervisord binds a name with its pid added before it renames it.
_SOCKET_MAX = 107 - len(".4194304")
# Waits of 1, 2, 3 … s between failed starts: some two minutes before a program counts as FATAL.
_START_RETRIES = 15


def socket_path(var: Path) -> Path:
    """In var/ where its path is short enough, else a name derived from it in a directory for us alone."""
    beside = var / "supervisor.sock"
    if len(os.fsencode(beside)) <= _SOCKET_MAX:
        return beside
    mark = hashlib.sha256(os.fsencode(var)).hexdigest()[:12]
    directory = Path(tempfile.gettempdir()) / f"aicc-{os.geteuid()}"
    directory.mkdir(mode=0o700, exist_ok=True)
    if directory.stat().st_uid != os.geteuid() or directory.stat().st_mode & 0o077:
        raise PermissionError(f"{directory} is not a directory of mode 700 of this user's own")
    return directory / f"{mark}.sock"


def render(var: Path, programs: Sequence[Program]) -> str:
    # Names of logs are relative to var, where supervisord runs: it expands them twice, percent signs break.
    head = f"""; Written by aicc-run at each start.
[supervisord]
nodaemon = true
logfile = log/supervisord.log
logfile_maxbytes = 5MB
logfile_backups = 2
pidfile = supervisord.pid
childlogdir = log
identifier = aicc

[unix_http_server]
file = {_plain(socket_path(var))}
chmod = 0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""
    return head + "".join(_section(program) for program in programs)


def _section(program: Program) -> str:
    environment = ",".join(f'{name}="{_plain(value)}"' for name, value in program.env.items())
    return f"""
[program:{program.name}]
command = {_plain(shlex.join(program.argv))}
directory = {_plain(program.cwd)}
environment = {environment}
priority = {int(program.stage)}
autostart = false
autorestart = true
startsecs = 1
startretries = {_START_RETRIES}
stopsignal = {program.stop_signal}
stopwaitsecs = {program.stop_s}
killasgroup = true
redirect_stderr = true
stdout_logfile = log/{program.name}.log
stdout_logfile_maxbytes = 10MB
stdout_logfile_backups = 3
"""


def _plain(text: object) -> str:
    """Supervisor expands %(…)s in its values."""
    return str(text).replace("%", "%%")
