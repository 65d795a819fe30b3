"""Latency, loss and one-way cuts between a service of ours and a server."""

from dataclasses import dataclass

from tests.chaos.fault import Fault, Group
from tests.chaos.network import Way
from tests.chaos.rig import Rig

_BOTH = (Way.THERE, Way.BACK)
_CUT_S = 8.0


@dataclass(frozen=True)
class Loss(Fault):
    """Of the packets between a service and a server, in these directions, `percent` are lost (100: a cut).
    Neither side is told; connections stay open."""

    service: str = ""
    part: str = ""
    ways: tuple[Way, ...] = _BOTH
    percent: int = 100

    async def strike(self, platform: Rig) -> None:
        """From now on."""
        if not platform.network.available:
            raise OSError("packets are lost in a network of one's own alone, as root and with nftables")
        platform.network.lose(self.service, platform.port_of(self.part), self.ways, self.percent)

    async def heal(self, platform: Rig) -> None:
        """All pass again."""
        if platform.network.available:
            platform.network.heal()


def _cut(service: str, part: str, way: Way) -> Loss:
    what = "hears nothing from" if way is Way.BACK else "can say nothing to"
    return Loss(f"{service} {what} {part.capitalize()}", Group.NETWORK, _CUT_S, service, part, (way,))


def _loss(service: str, part: str, percent: int) -> Loss:
    name = f"{percent} % of the packets lost between {service} and {part.capitalize()}"
    return Loss(name, Group.NETWORK, _CUT_S, service, part, _BOTH, percent)


NETWORK: tuple[Fault, ...] = (
    _cut("gateway", "kafka", Way.THERE),
    _cut("gateway", "kafka", Way.BACK),
    _cut("routing", "kafka", Way.THERE),
    _cut("conversations", "kafka", Way.BACK),
    _cut("persister", "postgres", Way.THERE),
    _cut("notifier", "redis", Way.BACK),
    _cut("gateway", "redis", Way.BACK),
    _loss("conversations", "kafka", 5),
    _loss("persister", "postgres", 20),
    _loss("gateway", "kafka", 10),
)
