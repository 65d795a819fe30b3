"""Backups that lead to any moment: a base copy of the cluster, and all that is written after it (WAL)."""

import asyncio
import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import msgspec

from infra.database.connection import CareError, Say
from infra.stack.postgres import find_binaries
from infra.stack.unprivileged import choose

SLOT = "aicc_backup"
ABOUT = "about.json"
_WAIT_S = 0.3


class About(msgspec.Struct, frozen=True):
    """A base copy: restoring leads to no moment before `finished`."""

    finished: datetime


def backup(url: str, directory: Path, say: Say) -> Path:
    """A base copy beneath `directory`, for good when it is named without `.new`. Raises CareError."""
    name = f"base-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    fresh, done = directory / f"{name}.new", directory / name
    directory.mkdir(parents=True, exist_ok=True)
    say(f"copying the cluster to {done}")
    _run(
        [_tool("pg_basebackup"), "-d", url, "-D", str(fresh), "-X", "stream", "-c", "fast", "--no-password"],
        "pg_basebackup",
    )
    (fresh / ABOUT).write_bytes(msgspec.json.encode(About(datetime.now(UTC))))
    fresh.rename(done)
    return done


def archive(url: str, directory: Path, say: Say) -> None:
    """Keeps what is written from now on, until it is ended; the server keeps for us what we miss meanwhile.
    Raises CareError."""
    wal = directory / "wal"
    wal.mkdir(parents=True, exist_ok=True)
    tool = [_tool("pg_receivewal"), "-d", url, "--no-password", "-S", SLOT]
    _run([*tool, "--create-slot", "--if-not-exists"], "pg_receivewal")
    say(f"writing to {wal}; end it with Ctrl-C")
    process = subprocess.Popen([*tool, "-D", str(wal), "--synchronous"])
    try:
        status = process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    if status not in (0, -2, -15):
        raise CareError(f"pg_receivewal ended with status {status}; what it said stands above.")


def bases(directory: Path) -> list[tuple[Path, datetime]]:
    """The base copies and when each was finished, oldest first."""
    found = [
        (about.parent, msgspec.json.decode(about.read_bytes(), type=About).finished)
        for about in directory.glob(f"base-*Z/{ABOUT}")
    ]
    return sorted(found, key=lambda one: one[1])


def restore(directory: Path, to: datetime, home: Path, port: int, say: Say) -> Path:
    """Makes `home`/data, a cluster as it was at `to`, runs it on `port` until it has come there, and ends it.
    Raises CareError; then what was begun is at `home`/data and can be deleted."""
    who = choose(home)
    if who.data.exists():
        raise CareError(f"{who.data} is there already. Restore beside it, and move it into its place.")
    usable = [base for base, finished in bases(directory) if finished <= to]
    if not usable:
        raise CareError(f"{directory} has no base copy that was finished before {to.isoformat()}.")
    home.mkdir(parents=True, exist_ok=True)
    say(f"copying {usable[-1]}")
    shutil.copytree(usable[-1], who.data)
    (who.data / ABOUT).unlink()
    who.data.chmod(0o700)
    (who.data / "recovery.signal").touch()
    for path in (who.data, *who.data.rglob("*")):
        who.own(path)
    settings = _settings((directory / "wal").resolve(), to, port)
    server = [*who.prefix, _tool("postgres"), "-D", str(who.data)]
    server += [each for name, value in settings.items() for each in ("-c", f"{name}={value}")]
    log = home / "recovery.log"
    say(f"recovering up to {to.isoformat()}; {log} tells more")
    with log.open("ab") as out:
        process = subprocess.Popen(server, stdout=out, stderr=out, cwd=who.data)
    try:
        asyncio.run(_recovered(process, port, log))
    finally:
        process.terminate()
        process.wait()
    return who.data


def _settings(wal: Path, to: datetime, port: int) -> dict[str, str]:
    """For the recovery only: nothing of it stays in the cluster. The last segment is still being written, and
    is called so."""
    return {
        "port": str(port),
        "listen_addresses": "127.0.0.1",
        "restore_command": f'cp "{wal}/%f" "%p" || cp "{wal}/%f.partial" "%p"',
        "recovery_target_time": to.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00"),
        "recovery_target_action": "promote",
        "recovery_target_timeline": "latest",
    }


async def _recovered(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    while True:
        if process.poll() is not None:
            raise CareError(f"The recovery ended before it was there: {_last(log)}")
        try:
            db = await asyncpg.connect(f"postgresql://aicc@127.0.0.1:{port}/postgres", timeout=2.0)
            try:
                if not await db.fetchval("SELECT pg_is_in_recovery()"):
                    await db.execute("CHECKPOINT")
                    return
            finally:
                await db.close()
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            pass
        await asyncio.sleep(_WAIT_S)


def _last(log: Path) -> str:
    return " ".join(log.read_text(errors="replace").splitlines()[-3:])


def _tool(name: str) -> str:
    return str(find_binaries() / name)


def _run(argv: Sequence[str], what: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CareError(f"{what} failed: {(done.stderr or done.stdout).strip()}")
