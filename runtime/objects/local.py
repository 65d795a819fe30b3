"""Objects as files of one directory: <two characters>/<folder>/<name>."""

import asyncio
import os
import re
import tempfile
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, TypeVar

from runtime.objects.store import Stored, Unavailable, Unread

T = TypeVar("T")
_KEY = re.compile(r"[0-9A-Za-z-]+/\.?[0-9A-Za-z][0-9A-Za-z_.-]*")
_CHUNK = 1 << 18
_PART = ".part-"


class LocalObjects:
    """Only our own user may read them. Files are written beside their name and then given it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def put(self, key: str, body: bytes, media_type: str) -> None:
        """Raises ValueError for a key that is no `folder/name`; Unavailable."""
        path = self._path(key)
        await _aside(lambda: _write(path, body))

    async def size(self, key: str) -> int | None:
        """Raises Unavailable."""
        path = self._path(key)
        return await _aside(lambda: _size(path))

    async def read(self, key: str) -> Unread | None:
        """Raises Unavailable."""
        path = self._path(key)
        file = await _aside(lambda: _open(path))
        if file is None:
            return None
        return Unread(os.fstat(file.fileno()).st_size, _chunks(file))

    async def delete(self, key: str) -> None:
        """Its folder goes with the last one. Raises Unavailable."""
        path = self._path(key)
        await _aside(lambda: _remove(path))

    async def list(self, folder: str = "") -> AsyncIterator[list[Stored]]:
        """One lot for each folder; files that a crash has left half written are among them. Raises
        Unavailable."""
        if folder:
            folders = [self._folder(folder.rstrip("/"))]
        else:
            folders = await _aside(lambda: sorted(self._directory.glob("*/*")))
        for one in folders:
            if found := await _aside(lambda one=one: _files(one)):  # type: ignore[misc]
                yield found

    async def close(self) -> None:
        """Nothing is held open."""

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key) or ".." in key:
            raise ValueError(f"{key!r} is no key of an object")
        folder, _, name = key.partition("/")
        return self._folder(folder) / name

    def _folder(self, folder: str) -> Path:
        # The last characters of a session's id are random; so no directory gets too large.
        return self._directory / folder[-2:] / folder


async def _aside(work: Callable[[], T]) -> T:
    """In a thread: disks may be slow."""
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        raise Unavailable(f"the directory of attachments: {error}") from error


def _write(path: Path, body: bytes) -> None:
    for last in (False, True):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=_PART)
        except FileNotFoundError:  # Its folder was empty, and was just removed.
            if last:
                raise
        else:
            break
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    for directory in (path.parent, path.parent.parent):
        _keep_names(directory)


def _keep_names(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _open(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb")
    except FileNotFoundError:
        return None


async def _chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        while chunk := await _aside(lambda: file.read(_CHUNK)):
            yield chunk


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    try:
        path.parent.rmdir()
    except OSError:
        return


def _files(folder: Path) -> list[Stored]:
    found = []
    try:
        for entry in os.scandir(folder):
            stat = entry.stat()
            changed_at = datetime.fromtimestamp(stat.st_mtime, UTC)
            found.append(Stored(f"{folder.name}/{entry.name}", stat.st_size, changed_at))
    except FileNotFoundError:  # It went, or never was.
        return found
    return sorted(found)
