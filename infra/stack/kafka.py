"""Apache Kafka: one KRaft node that is broker and controller."""

from __future__ import annotations

import base64
import shutil
import socket
import struct
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

from infra.stack.errors import START_ANEW, BrokenData, MissingPart
from infra.stack.part import Command, Port
from infra.stack.ports import LOOPBACK

MAX_MESSAGE_BYTES = 1024 * 1024
LOG4J = Path(__file__).parent.parent / "kafka" / "log4j2.xml"
_API_VERSIONS = struct.pack(">ihhih4s", 14, 18, 0, 1, 4, b"aicc")


@dataclass(frozen=True, slots=True)
class Kafka:
    home: Path
    jars: Path
    port: int = 9092
    controller_port: int = 9093
    heap_mb: int = 512
    # A second listener: listens at the first port, is advertised at the second one, where a proxy may stand.
    proxied: tuple[int, int] | None = None

    name = "kafka"
    variable = "KAFKA_BOOTSTRAP"

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def ports(self) -> tuple[Port, ...]:
        return Port(self.port, "AICC_KAFKA_PORT"), Port(self.controller_port, "AICC_KAFKA_CONTROLLER_PORT")

    def prepare(self) -> None:
        self._require_programs()
        self.home.mkdir(parents=True, exist_ok=True)
        self._properties.write_text(self._settings())
        known, formatted = self._known_cluster(), self._formatted_cluster()
        if formatted is None:
            self._format(known or new_cluster_id())
        elif known != formatted:
            raise BrokenData(
                f"{self._data} belongs to the Kafka cluster {formatted}, but {self._cluster_file} "
                f"names {known}: they were not made together. {START_ANEW}"
            )

    def command(self) -> Command:
        return Command(self._java("kafka.Kafka", str(self._properties)), cwd=self.home)

    def answers(self) -> bool:
        """Asks for the versions of the API: a broker answers only once it serves requests."""
        try:
            with socket.create_connection((LOOPBACK, self.port), 1.0) as connection:
                connection.sendall(_API_VERSIONS)
                return len(connection.recv(4)) == 4
        except OSError:
            return False

    @property
    def _properties(self) -> Path:
        return self.home / "server.properties"

    @property
    def _data(self) -> Path:
        return self.home / "data"

    @property
    def _cluster_file(self) -> Path:
        return self.home / "cluster.id"

    def _require_programs(self) -> None:
        if shutil.which("java") is None:
            raise MissingPart("Kafka needs a Java runtime of version 17 or newer. `make setup` installs it.")
        if not any(self.jars.glob("kafka_*.jar")):
            raise MissingPart(f"Kafka's jars are not in {self.jars}. `make setup` fetches them.")

    def _known_cluster(self) -> str | None:
        return self._cluster_file.read_text().strip() if self._cluster_file.exists() else None

    def _formatted_cluster(self) -> str | None:
        """The cluster id in the log directory; None where there is nothing yet."""
        meta = self._data / "meta.properties"
        if meta.exists():
            pairs = (line.partition("=") for line in meta.read_text().splitlines())
            return next((value for key, _, value in pairs if key == "cluster.id"), "unknown")
        if self._data.exists() and any(self._data.iterdir()):
            raise BrokenData(
                f"{self._data} holds files but no meta.properties: "
                f"formatting it was cut short or it was damaged. {START_ANEW}"
            )
        return None

    def _format(self, cluster_id: str) -> None:
        self._cluster_file.write_text(cluster_id + "\n")
        where = ("-t", cluster_id, "-c", str(self._properties))
        tool = ("kafka.tools.StorageTool", "format", *where, *self._first_users())
        done = subprocess.run(self._java(*tool), cwd=self.home, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BrokenData(f"Kafka could not format {self._data}: {(done.stderr or done.stdout).strip()}")

    def _first_users(self) -> tuple[str, ...]:
        """Options that make users before there is anybody to make them."""
        return ()

    def _java(self, main: str, *arguments: str) -> tuple[str, ...]:
        return (
            "java",
            f"-Xmx{self.heap_mb}m",
            "-XX:+UseG1GC",
            "-XX:MaxGCPauseMillis=20",
            "-XX:+ExitOnOutOfMemoryError",
            "-Djava.awt.headless=true",
            f"-Dlog4j2.configurationFile={LOG4J}",
            "-cp",
            f"{self.jars}/*",
            main,
            *arguments,
        )

    def _settings(self) -> str:
        values = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{LOOPBACK}:{self.controller_port}",
            "listeners": f"PLAINTEXT://{self.address},CONTROLLER://{LOOPBACK}:{self.controller_port}",
            "advertised.listeners": f"PLAINTEXT://{self.address}",
            "inter.broker.listener.name": "PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": str(self._data),
            # Topics are made by aicc-setup only, with settings of their own.
            "auto.create.topics.enable": "false",
            "num.partitions": "8",
            "unclean.leader.election.enable": "false",
            "log.message.timestamp.type": "LogAppendTime",
            "log.retention.hours": "168",
            "message.max.bytes": str(MAX_MESSAGE_BYTES),
            "replica.fetch.max.bytes": str(MAX_MESSAGE_BYTES),
            # One node: nothing can be replicated.
            "default.replication.factor": "1",
            "min.insync.replicas": "1",
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "8",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "8",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "share.coordinator.state.topic.num.partitions": "1",
            "group.initial.rebalance.delay.ms": "0",
            # A broker killed with -9 may register again when its old session is over.
            "broker.session.timeout.ms": "3000",
            "broker.heartbeat.interval.ms": "500",
            # Small machine: few threads, and a cleaner that does not take a quarter of the heap.
            "num.network.threads": "2",
            "num.io.threads": "4",
            "background.threads": "2",
            "log.cleaner.threads": "1",
            "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
        }
        if self.proxied:
            listens, advertised = self.proxied
            values["listeners"] += f",PROXIED://{LOOPBACK}:{listens}"
            values["advertised.listeners"] += f",PROXIED://{LOOPBACK}:{advertised}"
            values["listener.security.protocol.map"] = (
                "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT"
            )
        return "".join(f"{key}={value}\n" for key, value in values.items())


def new_cluster_id() -> str:
    """As Kafka writes them: 16 random bytes in URL-safe base64, not beginning with a dash."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text
