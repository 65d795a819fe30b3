"""Every Kafka topic with its explicit settings; the setup step creates exactly these."""

from dataclasses import dataclass, field

PARTITIONS = 8
MAX_RECORD_BYTES = 1_000_000
"""The largest value that any producer of ours sends; the topics allow a little more."""

_DAY_MS = 24 * 3600 * 1000
_LOG = {
    "cleanup.policy": "delete",
    "retention.ms": str(7 * _DAY_MS),
    # A record goes with its whole segment, so this is how much longer than the retention it may stay.
    "segment.ms": str(_DAY_MS),
    "message.timestamp.type": "LogAppendTime",
    "max.message.bytes": str(MAX_RECORD_BYTES + 48_576),
    "unclean.leader.election.enable": "false",
}
_COMPACTED = _LOG | {"cleanup.policy": "compact", "delete.retention.ms": str(7 * _DAY_MS)}
# What a newer snapshot replaces goes within the lag, however little is written.
_CHANGELOG = _COMPACTED | {"segment.ms": str(_DAY_MS // 4), "max.compaction.lag.ms": str(_DAY_MS)}


@dataclass(frozen=True)
class Topic:
    """A topic as it must exist; `config` holds broker settings by their Kafka names."""

    name: str
    partitions: int = PARTITIONS
    config: dict[str, str] = field(default_factory=lambda: dict(_LOG))

    @property
    def dlq(self) -> str:
        """The name of the topic that takes this one's dead letters."""
        return self.name + ".dlq"


CONVERSATION_COMMANDS = Topic("conversation.commands")
CONVERSATION_EVENTS = Topic("conversation.events")
ROUTING_COMMANDS = Topic("routing.commands")
ROUTING_EVENTS = Topic("routing.events")
AGENT_ASSIGNMENTS = Topic("agent.assignments")
ROUTING_ANSWERS = Topic("routing.answers", config=_LOG | {"retention.ms": str(3600 * 1000)})
BOT_QUESTIONS = Topic("bot.questions", config=_LOG | {"retention.ms": str(3600 * 1000)})
CONFIG = Topic("config", partitions=1, config=_COMPACTED)
CONFIG_AUDIT = Topic("config.audit", partitions=1, config=_LOG | {"retention.ms": "-1"})
SWITCHES = Topic("switches", partitions=1, config=_COMPACTED)
AUDIT = Topic("audit", partitions=1, config=_LOG | {"retention.ms": "-1"})
ERASURES = Topic("erasures", partitions=1, config=_LOG | {"retention.ms": "-1"})
POSITIONS = Topic(
    "processor.positions",
    partitions=1,
    config=_LOG | {"retention.ms": str(3600 * 1000), "segment.ms": str(600 * 1000)},
)

POOL_REPORTS = Topic("pool.reports", partitions=1, config=POSITIONS.config)


def changelog(app: str, partitions: int = PARTITIONS) -> Topic:
    """The changelog of a stream processor's table, by Faust's naming rule."""
    return Topic(f"{app}-entities-changelog", partitions, _CHANGELOG)


CONVERSATIONS_APP = "aicc-conversations"
ROUTING_APP = "aicc-routing"

_WITH_DEAD_LETTERS = (
    CONVERSATION_COMMANDS,
    CONVERSATION_EVENTS,
    ROUTING_COMMANDS,
    ROUTING_EVENTS,
    AGENT_ASSIGNMENTS,
    ROUTING_ANSWERS,
    BOT_QUESTIONS,
    CONFIG,
    CONFIG_AUDIT,
    SWITCHES,
    AUDIT,
    ERASURES,
)
TOPICS: tuple[Topic, ...] = (
    *_WITH_DEAD_LETTERS,
    *(Topic(topic.dlq, partitions=1) for topic in _WITH_DEAD_LETTERS),
    POSITIONS,
    POOL_REPORTS,
    changelog(CONVERSATIONS_APP),
    changelog(ROUTING_APP),
)


def kept_ms(topic: Topic) -> int | None:
    """How long a record stays at the most, deleted or replaced by then; None where it is kept for good."""
    if "compact" in topic.config["cleanup.policy"]:
        lag = topic.config.get("max.compaction.lag.ms")
        return None if lag is None else int(lag) + int(topic.config["segment.ms"])
    retention = int(topic.config["retention.ms"])
    return None if retention < 0 else retention + int(topic.config["segment.ms"])
