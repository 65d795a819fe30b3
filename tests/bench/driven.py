"""`python -m tests.bench.driven URL`: one run of the generator; its last line is the result as JSON."""

import argparse
import json

import uvloop

from loadgen.engine import Latencies
from loadgen.profiles.model import Mode, Stage
from loadgen.trust.calibration import Driven, drive
from loadgen.trust.gates import headline, valid
from loadgen.trust.priority import go_first

MODES = {"vus": Mode.VUS, "rate": Mode.RATE}


def main() -> None:
    """Runs to the end of the stages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--mode", choices=MODES, default="vus")
    parser.add_argument("--stages", required=True, help="seconds and target: 5s:20,10s:20")
    parser.add_argument("--start", type=float, default=0.0)
    parser.add_argument("--connections", type=int, default=200)
    given = parser.parse_args()
    stages = tuple(_stage(text) for text in given.stages.split(","))
    go_first(given.url)
    driven = uvloop.run(drive(given.url, MODES[given.mode], stages, given.start, given.connections))
    print(json.dumps(_result(driven)))


def _stage(text: str) -> Stage:
    seconds, _, target = text.partition("s:")
    return Stage(float(seconds), float(target))


def _result(driven: Driven) -> dict[str, object]:
    sent = Latencies()
    for tally in driven.whole.cells.values():
        sent.merge(tally.sent)
    verdicts = driven.gates.verdicts()
    shares = ("50", "90", "95", "99")
    found = sent.percentiles_ms(*(float(share) for share in shares))
    return {
        "count": driven.count,
        "wrong": driven.count - driven.right,
        "percentiles_ms": dict(zip(shares, found, strict=True)),
        "lateness_p50_ms": driven.whole.lateness.percentile_ms(50),
        "lateness_p99_ms": driven.whole.lateness.percentile_ms(99),
        "valid": valid(verdicts) and driven.outcome.complete,
        "says": headline(verdicts),
    }


if __name__ == "__main__":
    main()
