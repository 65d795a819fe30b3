"""How the operators' switches stand, as the topic `switches` says, and what this gateway does by them."""

import asyncio
import logging
import time
from http import HTTPStatus
from random import uniform

import msgspec
from aiokafka import ConsumerRecord

from gateway.answers import Refused
from gateway.overload.door import Door
from gateway.overload.priority import KINDS
from gateway.problems import Kind
from runtime.metrics import SWITCH_ON
from schemas.switches import Name, Switch, decode_switch, names_in, texts_of

log = logging.getLogger(__name__)
_LOOK_S = 0.5
_RETRY_AFTER_S = (60.0, 120.0)


class Switchboard:
    """Hears every turn; what ends by itself has ended within half a second."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._known: dict[Name, Switch] = {}
        self._texts: dict[str, str] = {}
        self.bot_off = False
        self.read = asyncio.Event()
        """Set once all that was turned before is known."""

        self.look()

    @property
    def known(self) -> dict[Name, Switch]:
        """Those that were ever turned, as they were turned last."""
        return dict(self._known)

    @property
    def texts(self) -> dict[str, str]:
        """The message of a maintenance by language; empty where there is none."""
        return self._texts

    def check_open(self) -> None:
        """Raises Refused (503) for a chat or call that would begin in a maintenance."""
        if not self._texts:
            return
        detail = "\n".join(dict.fromkeys(self._texts.values()))
        wait_s = b"%d" % round(uniform(*_RETRY_AFTER_S))
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, detail, (b"retry-after", wait_s), kind=Kind.MAINTENANCE)

    def hear(self, record: "ConsumerRecord[bytes, bytes]") -> None:
        """A record of the topic; one that can't be read leaves the switch as it was."""
        try:
            self.put(decode_switch(record.value or b""))
        except msgspec.DecodeError as error:
            log.error("the switch %r at offset %d is refused: %s", record.key, record.offset, error)

    def put(self, switch: Switch) -> None:
        """As it stands from now on; a version that is older than the known one changes nothing."""
        known = self._known.get(switch.name)
        if known is None or switch.version >= known.version:
            self._known[switch.name] = switch
            self.look()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_S)
            self.look()

    def look(self) -> None:
        """Does what is on by now, and no more what is off."""
        now_ms = time.time_ns() // 1_000_000
        on = {name: switch.value for name, switch in self._known.items() if switch.is_on(now_ms)}
        shed = names_in(on.get(Name.SHED, ""))
        self._door.shed = frozenset(kind for kind in KINDS if kind.label in shed)
        self._texts = texts_of(on[Name.MAINTENANCE]) if Name.MAINTENANCE in on else {}
        self.bot_off = Name.BOT_OFF in on
        for name in Name:
            SWITCH_ON.labels(name.value).set(name in on)
