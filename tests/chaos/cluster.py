"""Three Kafka nodes on this machine, each broker and controller, and a stack with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from infra.stack import LocalStack, Postgres, Redis
from infra.stack.kafka import Kafka, new_cluster_id
from infra.stack.part import Part
from infra.stack.ports import LOOPBACK, free_ports

NODES = 3
_REPLICATED = {
    "default.replication.factor": "3",
    "min.insync.replicas": "2",
    "offsets.topic.replication.factor": "3",
    "transaction.state.log.replication.factor": "3",
    "transaction.state.log.min.isr": "2",
    "share.coordinator.state.topic.replication.factor": "3",
    "share.coordinator.state.topic.min.isr": "2",
    # A dead follower leaves the in-sync set after this, and holds up every write until then.
    "replica.lag.time.max.ms": "5000",
}


@dataclass(frozen=True, slots=True)
class Node(Kafka):
    """One of several; `controllers` are the controllers' ports of all, in the order of their ids."""

    node: int = 1
    controllers: tuple[int, ...] = ()

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"kafka-{self.node}"

    def _settings(self) -> str:
        voters = ",".join(f"{n}@{LOOPBACK}:{port}" for n, port in enumerate(self.controllers, 1))
        own = {"node.id": str(self.node), "controller.quorum.voters": voters} | _REPLICATED
        # Of a key that stands twice the later one counts.
        return Kafka._settings(self) + "".join(f"{key}={value}\n" for key, value in own.items())


@dataclass(frozen=True, slots=True)
class _Cluster(Kafka):
    """What the stack takes for its Kafka: the address names all nodes."""

    nodes: tuple[Node, ...] = ()

    @property
    def address(self) -> str:
        return ",".join(node.address for node in self.nodes)


@dataclass(slots=True)
class ClusterStack(LocalStack):
    """A stack whose Kafka are three nodes, by the names kafka-1 to kafka-3."""

    nodes: tuple[Node, ...] = field(default=())

    @classmethod
    def at(cls, var: Path, jars: Path) -> ClusterStack:
        var, jars = var.resolve(), jars.resolve()
        ports = free_ports(2 * NODES + 2)
        brokers, controllers = ports[:NODES], tuple(ports[NODES : 2 * NODES])
        nodes = tuple(
            Node(var / f"kafka-{n + 1}", jars, brokers[n], controllers[n], 384, None, n + 1, controllers)
            for n in range(NODES)
        )
        same = new_cluster_id()
        for node in nodes:
            node.home.mkdir(parents=True, exist_ok=True)
            (node.home / "cluster.id").write_text(same + "\n")
        whole = _Cluster(var / "kafka", jars, brokers[0], controllers[0], nodes=nodes)
        postgres, redis = Postgres(var / "postgres", ports[-2]), Redis(var / "redis", ports[-1])
        return cls(var, whole, postgres, redis, nodes=nodes)

    @property
    def parts(self) -> Sequence[Part]:
        return *self.nodes, self.postgres, self.redis
