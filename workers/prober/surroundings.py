"""What changes slowly: members of groups, the machine, certificates that end."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil
from cryptography.x509 import load_pem_x509_certificates

from runtime.metrics import CERTIFICATE_END, MACHINE_CPU, MACHINE_MEMORY, MEMBERS
from workers.prober.broker import PASSING, Broker

log = logging.getLogger(__name__)
EVERY_S = 5.0


async def follow_surroundings(
    broker: Broker, groups: Sequence[str], certificates: Sequence[Path], stop: asyncio.Event
) -> None:
    """Looks every few seconds, until `stop`."""
    while not stop.is_set():
        show_machine()
        show_certificates(certificates)
        try:
            for group, count in (await broker.members(groups)).items():
                MEMBERS.labels(group).set(count)
        except PASSING as error:
            log.warning("members of groups are not known: %r", error)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVERY_S)


def show_machine() -> None:
    """Since the last call, and now."""
    MACHINE_CPU.set(psutil.cpu_percent(None) / 100)
    MACHINE_MEMORY.set(psutil.virtual_memory().percent / 100)


def show_certificates(files: Sequence[Path]) -> None:
    """The first of a file's certificates to end counts; one that can't be read has ended."""
    for file in files:
        try:
            ends = [
                one.not_valid_after_utc.timestamp() for one in load_pem_x509_certificates(file.read_bytes())
            ]
        except (OSError, ValueError) as error:
            log.warning("the certificate %s can't be read: %s", file, error)
            ends = [0.0]
        CERTIFICATE_END.labels(file.name).set(min(ends))
