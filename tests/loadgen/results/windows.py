"""Windows as a run would give them, for tests."""

from loadgen.results.window import Window


def window(second: int = 0, stage: int = 0, **endpoints: dict[str, list[float]]) -> Window:
    """A second with latencies (s) by endpoint and kind, sent as intended."""
    made = Window(second=second, stage=stage, vus=3, iterations=2, cpu_s=0.25)
    for endpoint, kinds in endpoints.items():
        for kind, seconds in kinds.items():
            tally = made.cell(stage, endpoint, kind)
            tally.bytes_in, tally.bytes_out = 100 * len(seconds), 50 * len(seconds)
            for one in seconds:
                tally.sent.add(one)
                tally.intended.add(one + 0.001)
            made.begun += len(seconds)
            made.intended += len(seconds)
    made.counts = {"contacts.assigned": 1}
    made.lateness.add(0.0002)
    made.loop_lag.add(0.0001)
    return made
