"""The parts where a network is not trusted: TLS everywhere, brokers that ask who comes."""

from __future__ import annotations

import shutil
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from infra.stack.kafka import _API_VERSIONS, Kafka
from infra.stack.part import Port
from infra.stack.ports import LOOPBACK
from infra.stack.postgres import Postgres
from infra.stack.redis import Redis

ADMIN = "aicc-admin"
_BROKER = "aicc-broker"
"""The name in the brokers' certificates, by which they know each other."""


@dataclass(frozen=True, slots=True)
class Certified:
    """PEM files: who is trusted, and the server's certificate with its key."""

    ca: Path
    certificate: Path


@dataclass(frozen=True, slots=True)
class Peer:
    """One node of the cluster; clients, brokers and controllers each have a port of it."""

    number: int
    clients: int
    brokers: int
    controllers: int


@dataclass(frozen=True, slots=True)
class SecuredKafka(Kafka):
    """One of several nodes that are broker and controller. Clients prove themselves by SCRAM-SHA-512 over
    TLS, nodes among themselves by certificates. What no rule permits is refused."""

    peers: tuple[Peer, ...] = ()
    number: int = 1
    files: Certified = Certified(Path(), Path())
    admin_password: str = ""

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"kafka-{self.number}"

    @property
    def address(self) -> str:
        return ",".join(f"{LOOPBACK}:{peer.clients}" for peer in self.peers)

    @property
    def ports(self) -> tuple[Port, ...]:
        own = self._peer
        return tuple(Port(port, "AICC_KAFKA_PORT") for port in (own.clients, own.brokers, own.controllers))

    def answers(self) -> bool:
        """Asks for the versions of the API, which needs no user."""
        try:
            with _shaken(self._peer.clients, self.files.ca) as connection:
                connection.sendall(_API_VERSIONS)
                return len(connection.recv(4)) == 4
        except OSError:
            return False

    @property
    def _peer(self) -> Peer:
        return next(peer for peer in self.peers if peer.number == self.number)

    def _first_users(self) -> tuple[str, ...]:
        return ("--add-scram", f"SCRAM-SHA-512=[name={ADMIN},password={self.admin_password}]")

    def _settings(self) -> str:
        own, brokers = self._peer, len(self.peers)
        listening = (("CLIENTS", own.clients), ("BROKERS", own.brokers), ("CONTROLLER", own.controllers))
        addresses = [f"{name}://{LOOPBACK}:{port}" for name, port in listening]
        voters = [f"{peer.number}@{LOOPBACK}:{peer.controllers}" for peer in self.peers]
        values = {
            "node.id": str(self.number),
            "controller.quorum.voters": ",".join(voters),
            "listeners": ",".join(addresses),
            "advertised.listeners": ",".join(addresses[:2]),
            "inter.broker.listener.name": "BROKERS",
            "listener.security.protocol.map": "CLIENTS:SASL_SSL,BROKERS:SSL,CONTROLLER:SSL",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.clients.scram-sha-512.sasl.jaas.config": (
                "org.apache.kafka.common.security.scram.ScramLoginModule required;"
            ),
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self.files.certificate),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.files.ca),
            "listener.name.brokers.ssl.client.auth": "required",
            "listener.name.controller.ssl.client.auth": "required",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": f"User:CN={_BROKER};User:{ADMIN}",
            "default.replication.factor": str(brokers),
            "min.insync.replicas": "2" if brokers > 2 else "1",
            "offsets.topic.replication.factor": str(brokers),
            "transaction.state.log.replication.factor": str(brokers),
            "share.coordinator.state.topic.replication.factor": str(brokers),
            # Several nodes on one machine keep each other waiting: a slow one is not a dead one.
            "broker.session.timeout.ms": "20000",
            "controller.quorum.fetch.timeout.ms": "10000",
            "controller.quorum.election.timeout.ms": "5000",
            "controller.quorum.request.timeout.ms": "10000",
        }
        # The later of two lines counts.
        return Kafka._settings(self) + "".join(f"{key}={value}\n" for key, value in values.items())


@dataclass(frozen=True, slots=True)
class SecuredPostgres(Postgres):
    """Takes TLS beside plain connections, as those who wait for it ask without."""

    files: Certified = Certified(Path(), Path())

    def secured(self, database: str) -> str:
        """The address for services: the server's name and certificate are checked."""
        return f"{self.url(database)}?sslmode=verify-full&sslrootcert={self.files.ca}"

    def install(self) -> None:
        """Copies the certificate to where the server may read it; it does so at its start and at SIGHUP."""
        self._install(self.home / "data")

    def _install(self, data: Path) -> None:
        fresh = data / "server.pem.new"
        shutil.copyfile(self.files.certificate, fresh)
        fresh.chmod(0o600)
        fresh.rename(data / "server.pem")

    def _more(self, data: Path) -> str:
        self._install(data)
        return "ssl = on\nssl_cert_file = 'server.pem'\nssl_key_file = 'server.pem'\n"


@dataclass(frozen=True, slots=True)
class SecuredRedis(Redis):
    """Has no port without TLS."""

    files: Certified = Certified(Path(), Path())

    @property
    def address(self) -> str:
        return f"rediss://{LOOPBACK}:{self.port}/0"

    def answers(self) -> bool:
        try:
            with _shaken(self.port, self.files.ca) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def _settings(self) -> str:
        file = self.files.certificate
        return Redis._settings(self).replace(f"port {self.port}\n", "port 0\n", 1) + (
            f'tls-port {self.port}\ntls-cert-file "{file}"\ntls-key-file "{file}"\n'
            f'tls-ca-cert-file "{self.files.ca}"\ntls-auth-clients no\n'
        )


def _shaken(port: int, ca: Path) -> ssl.SSLSocket:
    """Raises OSError, of which ssl's errors are kinds."""
    context = ssl.create_default_context(cafile=ca)
    plain = socket.create_connection((LOOPBACK, port), 1.0)
    try:
        return context.wrap_socket(plain, server_hostname=LOOPBACK)
    except OSError:
        plain.close()
        raise
