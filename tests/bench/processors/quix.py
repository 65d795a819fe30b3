"""The same job on QuixStreams (librdkafka, in C) with its RocksDB state and changelog.

Run as a process: python -m tests.bench.processors.quix, with the topics in the environment.
"""

import logging
import os
from typing import Any

from quixstreams import Application

from tests.streams.harness.chain import Added


def main() -> None:
    """Runs until it is ended."""
    app = Application(
        broker_address=os.environ["KAFKA_BOOTSTRAP"],
        consumer_group=os.environ["BENCH_NAME"],
        auto_offset_reset="earliest",
        state_dir=os.environ["BENCH_DATA"],
        commit_interval=1.0,
        loglevel=logging.WARNING,
        producer_extra_config={"acks": "all", "linger.ms": 5},
    )
    source = app.topic(os.environ["BENCH_SOURCE"], value_deserializer="json", key_deserializer="str")
    output = app.topic(os.environ["BENCH_OUTPUT"], value_serializer="json", key_serializer="str")

    def add(value: dict[str, Any], state: Any) -> dict[str, Any]:
        total, count = state.get("chain", [0, 0])
        total, count = (total * 31 + value["n"]) % 1_000_003, count + 1
        state.set("chain", [total, count])
        return {"type": Added.__struct_config__.tag, "total": total, "count": count}

    app.dataframe(source).apply(add, stateful=True).to_topic(output)
    app.run()


if __name__ == "__main__":
    main()
