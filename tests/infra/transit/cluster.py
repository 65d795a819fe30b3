"""Servers that are reached by TLS only, as processes: brokers that know users, Postgres, Redis."""

from __future__ import annotations

import signal
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from infra.paths import JARS
from infra.stack import LocalStack, Part
from infra.stack.authority import Authority
from infra.stack.kafka import new_cluster_id
from infra.stack.ports import free_ports
from infra.stack.secured import ADMIN, Certified, Peer, SecuredKafka, SecuredPostgres, SecuredRedis


@dataclass(slots=True)
class SecuredStack(LocalStack):
    """`kafka` is the first broker; the others stand in `nodes` with it."""

    authority: Authority = field(kw_only=True)
    nodes: Sequence[SecuredKafka] = ()
    servers: bool = True

    @property
    def parts(self) -> Sequence[Part]:
        return (*self.nodes, self.postgres, self.redis) if self.servers else self.nodes

    @property
    def admin(self) -> dict[str, str]:
        """The environment of a command that may do everything."""
        return self.of(ADMIN, self.nodes[0].admin_password)

    def of(self, user: str, password: str) -> dict[str, str]:
        """The environment of a process that comes as `user`."""
        assert isinstance(self.postgres, SecuredPostgres)
        return {
            "KAFKA_BOOTSTRAP": self.kafka.address,
            "DATABASE_URL": self.postgres.secured(self.postgres.database),
            "REDIS_URL": self.redis.address,
            "AICC_KAFKA_SECURITY": "sasl_ssl",
            "AICC_KAFKA_CA": str(self.authority.ca),
            "AICC_KAFKA_USER": user,
            "AICC_KAFKA_PASSWORD": password,
            "AICC_REDIS_CA": str(self.authority.ca),
        }


@contextmanager
def secured(var: Path, brokers: int, *, servers: bool = True) -> Iterator[SecuredStack]:
    """Running and ready; `servers`: with Postgres and Redis. Ended with the block."""
    var = var.resolve()
    authority = Authority(var / "certificates")

    def of(name: str) -> Certified:
        return Certified(authority.ca, authority.issue(name))

    files = of("aicc-broker")
    ports = iter(free_ports(3 * brokers + 2))
    peers = tuple(Peer(number, next(ports), next(ports), next(ports)) for number in range(1, brokers + 1))
    password, cluster = uuid.uuid4().hex, new_cluster_id()
    nodes = [
        SecuredKafka(
            var / f"kafka-{peer.number}",
            JARS,
            heap_mb=320,
            peers=peers,
            number=peer.number,
            files=files,
            admin_password=password,
        )
        for peer in peers
    ]
    for node in nodes:
        node.home.mkdir(parents=True)
        (node.home / "cluster.id").write_text(cluster)
    stack = SecuredStack(
        var,
        nodes[0],
        SecuredPostgres(
            var / "postgres", next(ports), files=Certified(authority.ca, authority.issue("postgres"))
        ),
        SecuredRedis(var / "redis", next(ports), files=Certified(authority.ca, authority.issue("redis"))),
        authority=authority,
        nodes=nodes,
        servers=servers,
    )
    stack.start()
    try:
        yield stack
    finally:
        for name, one in stack.running.items():
            if name.startswith("kafka"):
                one.signal(signal.SIGKILL)  # nothing of it is kept
        stack.stop()
