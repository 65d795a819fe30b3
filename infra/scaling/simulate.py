"""`python -m infra.scaling simulate`: how fast pods come in a spike, without a cluster."""

from dataclasses import replace

import click
from rich.console import Console
from rich.table import Table

from infra.scaling.pods import KEDA, QUICK, Pods, Spike, simulate


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--before", default=1_400.0, help="Records a second before and after the spike.")
@click.option("--times", default=(1.5, 2.0, 4.0), multiple=True, help="The spike over that; several times.")
@click.option("--lasts", default=600.0, help="Seconds of the spike.")
@click.option("--per-worker", default=1_000.0, help="Records a second that a pod does.")
@click.option("--scrape", default=15.0, help="Seconds between two scrapes.")
@click.option("--poll", default=15.0, help="Seconds between two polls.")
@click.option("--pull", default=20.0, help="Seconds until the image is there.")
def main(
    before: float,
    times: tuple[float, ...],
    lasts: float,
    per_worker: float,
    scrape: float,
    poll: float,
    pull: float,
) -> None:
    """Prints what three rules make of a spike: that of the KEDA manifests, one that goes up at once by four,
    and that one with a known throughput. Seconds count from the spike's beginning; two hours are simulated.

    \b
    Example:
      python -m infra.scaling simulate --times 2 --pull 60

    \b
    Exit status: 0 printed; 2 wrong usage.
    """
    pods = Pods(scrape_s=scrape, poll_s=poll, pull_s=pull)
    rules = {"KEDA": KEDA, "quick": QUICK, "throughput": replace(QUICK, per_worker_per_s=per_worker)}
    table = Table(title="a spike, pods simulated")
    heads = ("rule", "spike", "decided", "pod added", "capacity", "recovered", "worst lag", "pods", "changes")
    for head in heads:
        table.add_column(head, justify="right")
    for name, rule in rules.items():
        for factor in times:
            spike = Spike(before_per_s=before, during_per_s=before * factor, lasts_s=lasts)
            found = simulate(rule, pods, spike, per_worker, 7_200.0)
            table.add_row(
                name,
                f"x {factor:g}",
                *map(_s, found[:5]),
                str(found.most_pods),
                str(found.changes),
            )
    Console(width=110).print(table)


def _s(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.0f} s"


if __name__ == "__main__":
    main()
