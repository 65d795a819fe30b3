"""What is seen of the platform while it is under load, each second, from a process of its own."""

from loadgen.watch.seen import Seen, StageSeen, decode_seen
from loadgen.watch.watcher import Watcher

__all__ = ["Seen", "StageSeen", "Watcher", "decode_seen"]
