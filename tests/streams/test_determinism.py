"""Two processes that know nothing of each other decide the same, byte for byte."""

import hashlib
import os
import subprocess
import sys
from random import Random

from streams.harness.sent import Sent
from tests.streams.conversations.walks import numbers, walk_sessions
from tests.streams.routing.walks import walk_pool

WALKS, RECORDS = 10, 300


def digest(seed: int) -> str:
    """Of all outputs of random logs of both deciders."""
    found = hashlib.sha256()
    for walk in range(WALKS):
        steps = numbers(Random(f"{seed}:{walk}"), RECORDS)
        for sent in (*walk_sessions(steps).sent, *walk_pool(steps).sent):
            found.update(_bytes(sent))
    return found.hexdigest()


def _bytes(sent: Sent) -> bytes:
    return repr((sent.topic, sent.partition, sent.key, sent.value, sent.headers)).encode()


def _process(seed: int, hash_seed: str, zone: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": zone}
    command = [sys.executable, "-m", __name__, str(seed)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def test_neither_hash_seed_nor_time_zone_changes_a_byte(seed: int) -> None:
    worlds = [("1", "Asia/Seoul"), ("2", "America/St_Johns")]
    running = [_process(seed, hash_seed, zone) for hash_seed, zone in worlds]
    found = [process.communicate()[0].strip() for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert found[0] == found[1]
    assert len(found[0]) == 64


if __name__ == "__main__":
    print(digest(int(sys.argv[1])))
