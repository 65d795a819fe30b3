"""PostgreSQL refuses to run as root; this finds another way for it.

In order: the user as is, a user namespace (root is user 1000 within, so every path that root reaches works,
also below a directory of mode 700), and last the unprivileged user that Debian's package made.
"""

from __future__ import annotations

import functools
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from infra.stack.errors import StackError

_NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")
_DEBIAN_USER = "postgres"


@dataclass(frozen=True, slots=True)
class Unprivileged:
    """`prefix` goes before a command; `data` is where that user can write; `user` owns it if not us."""

    prefix: tuple[str, ...]
    data: Path
    user: str | None = None

    def make(self, directory: Path) -> None:
        directory.mkdir(parents=True, mode=0o700)
        self.own(directory)

    def own(self, path: Path) -> None:
        if self.user is not None:
            shutil.chown(path, self.user, self.user)


def choose(home: Path) -> Unprivileged:
    if os.geteuid() != 0:
        return Unprivileged((), home / "data")
    if namespaces_permitted():
        return Unprivileged(_NAMESPACE, home / "data")
    return _as_debian_user(home)


@functools.cache
def namespaces_permitted() -> bool:
    try:
        return subprocess.run((*_NAMESPACE, "true"), capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _as_debian_user(home: Path) -> Unprivileged:
    try:
        pwd.getpwnam(_DEBIAN_USER)
    except KeyError:
        raise StackError(
            "PostgreSQL does not run as root, this system permits no user namespaces "
            f"(`unshare --user` failed), and there is no user {_DEBIAN_USER}. "
            "Run as an ordinary user, or permit user namespaces."
        ) from None
    prefix = ("setpriv", f"--reuid={_DEBIAN_USER}", f"--regid={_DEBIAN_USER}", "--init-groups", "--")
    home.mkdir(parents=True, exist_ok=True)
    reached = subprocess.run((*prefix, "test", "-x", str(home)), check=False).returncode == 0
    return Unprivileged(prefix, home / "data" if reached else _elsewhere(home), _DEBIAN_USER)


def _elsewhere(home: Path) -> Path:
    """A place that user can reach, for checkouts below a directory of mode 700."""
    mark = hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"aicc-postgres-{mark}"
