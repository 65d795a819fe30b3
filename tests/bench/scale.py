"""`python -m tests.bench.scale`: workers of a processor, their coming and going, and a lost disk.

(a) Outputs a second of 1, 2 and 4 workers of the harness on one full topic of 8 partitions. (b) A second
worker joins: what stands still. (c) One of two dies for good, with and without warm copies: how long until
all its partitions are decided again. (d) A million conversations restored from the changelog alone.
"""

import argparse
import os
import random
import shutil
from pathlib import Path
from typing import NamedTuple

import uvloop

from infra.paths import JARS, VAR
from infra.stack import LocalStack
from tests.bench.figures import Row, say, show
from tests.bench.restoring import Restored, restore
from tests.bench.scaling import Still, joining, taken_over, throughput

WORKERS = (1, 2, 4)


class Found(NamedTuple):
    """All that was measured."""

    rates: dict[int, float]
    joined: Still
    cold: Still
    warm: Still
    restored: Restored


async def measure(
    bootstrap: str, var: Path, records: int, entities: int, conversations: int, rng: random.Random
) -> Found:
    """One after the other on the same broker."""
    rates = {}
    for workers in WORKERS:
        rates[workers] = await throughput(bootstrap, var, workers, records)
        say(f"{workers} workers: {rates[workers]:,.0f}/s")
    joined = await joining(bootstrap, var)
    say(f"a second joined: all decided again after {joined.until_all_s:.2f} s")
    cold = await taken_over(bootstrap, var, entities, standby=0)
    say(f"taken over from the changelog: {cold.until_all_s:.2f} s")
    warm = await taken_over(bootstrap, var, entities, standby=1)
    say(f"taken over from a warm copy: {warm.until_all_s:.2f} s")
    return Found(rates, joined, cold, warm, await restore(bootstrap, var, conversations, rng))


def main() -> None:
    """Prints the table and, as the last line, the figures as JSON."""
    chosen = _arguments()
    seed = int(os.environ.get("BENCH_SEED") or random.SystemRandom().randrange(2**32))
    say(f"random seed: {seed}")
    var = VAR / "bench" / f"scale-{os.getpid()}"
    stack = LocalStack.at(var, JARS)
    say("starting Kafka")
    try:
        stack.launch("kafka").wait_ready()
        found = uvloop.run(
            measure(
                stack.kafka.address,
                var,
                chosen.records,
                chosen.entities,
                chosen.conversations,
                random.Random(seed),
            )
        )
    finally:
        stack.stop()
        shutil.rmtree(var, ignore_errors=True)
    _tell(found)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench-scale",
        description=__doc__,
        epilog="Example: make bench-scale ARGS='--records 200000 --entities 20000 --conversations 50000'",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--records", type=int, default=1_600_000, help="that workers share (1,600,000)")
    parser.add_argument("--entities", type=int, default=200_000, help="in the table taken over (200,000)")
    parser.add_argument("--conversations", type=int, default=1_000_000, help="to restore (1,000,000)")
    return parser.parse_args()


def _tell(found: Found) -> None:
    one = found.rates[1]
    restored = found.restored
    rows = [
        *(Row(f"{n} workers", f"{rate:,.0f}/s, {rate / one:.2f} of one") for n, rate in found.rates.items()),
        Row("a second joins: until all is decided again", f"{found.joined.until_all_s:.2f} s"),
        Row("  longest silence of a partition", f"{found.joined.longest_s:.2f} s"),
        Row("one of two dies, from the changelog", f"{found.cold.until_all_s:.2f} s"),
        Row("one of two dies, warm copies", f"{found.warm.until_all_s:.2f} s"),
        Row(f"{restored.conversations:,} conversations, disk lost", f"ready in {restored.seconds:.1f} s"),
        Row("  most memory meanwhile", f"{restored.peak_mb:,.0f} MiB"),
        Row("  most memory while they were made", f"{restored.before_mb:,.0f} MiB"),
        Row("  on disk", f"{restored.store_mb:,.0f} MiB"),
    ]
    figures: dict[str, object] = {
        "ratio_2": round(found.rates[2] / one, 2),
        "ratio_4": round(found.rates[4] / one, 2),
        "per_s_1": round(one),
        "joined_still_s": round(found.joined.longest_s, 2),
        "takeover_s": round(found.warm.until_all_s, 2),
        "takeover_cold_s": round(found.cold.until_all_s, 2),
        "restore_s": round(restored.seconds, 1),
        "restore_mb": round(restored.peak_mb),
        "conversations": restored.conversations,
        "valid": all(found.rates.values()),
    }
    show("bench-scale", rows, figures)


if __name__ == "__main__":
    main()
