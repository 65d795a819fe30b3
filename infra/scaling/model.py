"""What a size needs, by coefficients that were measured: pure arithmetic. Prices are inputs.

Each coefficient names where it stands in docs/benchmarks.md; what was not measured is called assumed.
"""

from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

RECORDS_A_CONTACT = 60
"""benchmarks.md, capacity: "each of some 60 records of a contact"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficients:
    """`hop_per_s`: what a worker of the harness decides in full batches (bench-scale, 1 worker, the lower of
    two runs). `second_adds`: what a worker more adds on the same two cores (bench-scale, 1.12 to 1.83 for the
    second; the mean). `routing_per_s`: decisions of a pool (bench-routing, the worst trace). `persist_per_s`:
    rows of a persister (bench-persist). `contact_cpu_s`: processor of all processes for a contact (capacity:
    14 ms in batches at 100 a second). `socket_bytes` (bench-sockets). `conversation_bytes` and
    `restore_s` of a conversation (bench-scale: 100,000 in 23.2 s and 141 MiB). `record_bytes`: bench-streams.
    Assumed: `broker_bytes_per_s` that a broker takes, `headroom` that stays free."""

    hop_per_s: float = 22_663.0
    second_adds: float = 0.475
    routing_per_s: float = 21_472.0
    persist_per_s: float = 31_407.0
    contact_cpu_s: float = 0.014
    socket_bytes: float = 34_300.0
    conversation_bytes: float = 141 * 2**20 / 100_000
    restore_s: float = 23.2 / 100_000
    record_bytes: float = 300.0
    broker_bytes_per_s: float = 30e6
    headroom: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What is asked for. Each conversation has a socket and says `messages_per_s`, which is one command, one
    event and one row. `copies` of each record are kept, `readers` read it; a restore may take `restore_s`;
    a gateway holds `sockets_a_gateway` (benchmarks.md: 5,000 were tried)."""

    agents: int = 10_000
    conversations: int = 1_000_000
    contacts_per_s: float = 33.3
    messages_per_s: float = 1 / 30
    copies: int = 3
    readers: int = 4
    restore_s: float = 30.0
    sockets_a_gateway: int = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Of a month, in one currency; nobody's list: put your own in."""

    core: float = 25.0
    gib: float = 3.5
    terabyte_sent: float = 10.0


class Need(NamedTuple):
    """The answer. Memory in GiB, network between brokers and clients in MB/s."""

    records_per_s: float
    workers: int
    persisters: int
    gateways: int
    pools: int
    partitions: int
    brokers: int
    cores: float
    memory_gib: float
    network_mb_per_s: float
    cost_a_month: float


def rate(workers: int, of: Coefficients) -> float:
    """Records a second of so many workers that share two cores, as bench-scale measures 1 and 2 of them."""
    return of.hop_per_s * (1 + of.second_adds * (workers - 1))


def need(size: Size, of: Coefficients, prices: Prices) -> Need:
    """What it takes; workers have a core each, so they add up."""
    free = 1 - of.headroom
    commands_per_s = size.conversations * size.messages_per_s + size.contacts_per_s * RECORDS_A_CONTACT / 2
    records_per_s = 2 * commands_per_s
    by_rate = ceil(commands_per_s / (of.hop_per_s * free))
    by_restore = ceil(size.conversations * of.restore_s / size.restore_s)
    workers = max(by_rate, by_restore, 2)
    persisters = max(ceil(commands_per_s / (of.persist_per_s * free)), 2)
    gateways = ceil((size.conversations + size.agents) / size.sockets_a_gateway)
    pools = max(ceil(size.agents / 500), ceil(size.contacts_per_s * 6 / (of.routing_per_s * free)))
    # As many again as there are workers, so that one more has work.
    partitions = max(2 * workers, pools)
    bytes_per_s = records_per_s * of.record_bytes * (size.copies + size.readers)
    brokers = max(ceil(bytes_per_s / of.broker_bytes_per_s / free), size.copies)
    cores = float(workers + persisters + gateways + 2 * brokers) + size.contacts_per_s * of.contact_cpu_s
    sockets = (size.conversations + size.agents) * of.socket_bytes + gateways * 73.2e6
    memory_gib = (sockets + size.conversations * of.conversation_bytes) / 2**30 + 8 * brokers
    sent_tb = bytes_per_s * 86_400 * 30 / 1e12
    cost = cores * prices.core + memory_gib * prices.gib + sent_tb * prices.terabyte_sent
    return Need(
        records_per_s,
        workers,
        persisters,
        gateways,
        pools,
        partitions,
        brokers,
        cores,
        memory_gib,
        bytes_per_s / 1e6,
        cost,
    )
