"""Directories on small file systems in memory, which can be filled and freed."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

LEFT_BYTES = 64 * 1024


class Disk:
    """A mounted file system."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def fill(self) -> None:
        """From now on nothing that needs more room can be written."""
        with (self.place / "ballast").open("wb", buffering=0) as ballast:
            room = os.statvfs(self.place)
            os.posix_fallocate(ballast.fileno(), 0, room.f_bavail * room.f_bsize - LEFT_BYTES)

    def free(self) -> None:
        """There is room again."""
        (self.place / "ballast").unlink(missing_ok=True)


@contextmanager
def small_disks(var: Path, sizes_mb: Mapping[str, int]) -> Iterator[dict[str, Disk]]:
    """Mounts a file system at each of these directories below `var`, which do not exist yet."""
    with ExitStack() as mounted:
        disks = {}
        for name, size_mb in sizes_mb.items():
            place = var.resolve() / name
            place.mkdir(parents=True)
            options = f"size={size_mb}m,mode=755"
            subprocess.run(("mount", "-t", "tmpfs", "-o", options, "tmpfs", place), check=True)
            # Lazily: whoever was killed may hold a file for a moment longer.
            mounted.callback(subprocess.run, ("umount", "-l", place), check=True)
            disks[name] = Disk(place)
        yield disks
