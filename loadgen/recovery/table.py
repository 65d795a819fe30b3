"""A spike's recovery as a table for the terminal."""

from rich.table import Table

from loadgen.recovery.kept import SpikeKept


def spike_table(spike: SpikeKept) -> Table:
    """Each signal beside its band."""
    title = f"Recovery: {spike.outcome}"
    if spike.recovery_s is not None:
        title += f" {spike.recovery_s:.0f} s after the load was back"
    if spike.predicted_s is not None:
        title += f" (backlog over spare capacity: {spike.predicted_s:.1f} s)"
    table = Table(title=title, caption=spike.reason or None)
    table.add_column("signal")
    for name in ("normal", "band", "highest", "left its band after", "out of it for", "back after"):
        table.add_column(name, justify="right")
    for one in spike.signals:
        left = one.degraded_at is not None
        table.add_row(
            one.name,
            _number(one.median),
            _number(one.limit),
            _number(one.peak),
            f"{one.degrade_s:.0f} s" if one.degrade_s is not None else "–",
            f"{one.degraded_s:.0f} s" if left else "–",
            "–" if one.recovery_s is None else f"{one.recovery_s:.0f} s",
        )
    return table


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.4g}"
