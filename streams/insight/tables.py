"""Measures and forecasts as tables for the terminal."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from streams.insight.bounds import shown
from streams.insight.measures import Figure, Measures
from streams.insight.meter import ALL, Measured
from streams.insight.staffing import Forecast

_SHARES = (
    "answered_within_over_queued",
    "removed_within_over_queued",
    "answered_within_over_answered_and_abandoned",
    "answered_within_over_answered_and_abandoned_without_short_abandons",
    "answered_within_over_answered",
    "answered_or_abandoned_within_over_answered_and_abandoned",
    "abandon_rate",
    "abandon_rate_without_short_abandons",
    "occupancy",
    "occupancy_over_present",
    "slot_utilisation",
)
_SECONDS = (
    "asa_s",
    "average_time_to_abandon_s",
    "longest_wait_s",
    "aht_s",
    "talk_average_s",
    "wrap_up_average_s",
)
_COUNTS = (
    "queued",
    "transferred_in",
    "answered",
    "answered_within",
    "abandoned",
    "abandoned_short",
    "flowed_out",
    "canceled",
    "refused",
    "waiting",
    "requeued",
)
_BRIEF = {
    "queued": "queued",
    "answered": "answered",
    "abandoned": "abandoned",
    "answered_within_over_queued": "SL queued",
    "answered_within_over_answered_and_abandoned": "SL answered+abandoned",
    "asa_s": "ASA",
    "aht_s": "AHT",
    "longest_wait_s": "longest wait",
    "occupancy": "occupancy",
    "slot_utilisation": "slots",
}


def cell(name: str, value: Figure) -> str:
    """A figure as it is read: shares in per cent, seconds to a tenth, nothing where there is none."""
    match value:
        case None:
            return "–"
        case float() if name in _SHARES:
            return f"{value:.1%}"
        case float():
            return f"{value:,.1f}"
        case dict():
            return ", ".join(f"{reason} {count}" for reason, count in value.items()) or "–"
        case _:
            return f"{value:,}"


def beside(title: str, columns: Mapping[str, Measures]) -> Table:
    """Every measure by its name, several times over."""
    table = Table(title=title)
    table.add_column("measure")
    for name in columns:
        table.add_column(name, justify="right")
    figures = [measures.figures() for measures in columns.values()]
    for names in (_COUNTS, _SHARES, _SECONDS, ("reasons",)):
        for name in names:
            table.add_row(name, *(cell(name, one[name]) for one in figures))
        table.add_section()
    return table


def queues_table(measured: Measured) -> Table:
    """Each queue and all of them, every measure by its name."""
    columns = {queue or "all": measures for queue, measures in _all_last(measured.queues)}
    return beside(f"Measures as of {shown(measured.until_ms)}", columns)


def intervals_table(measured: Measured, queues: Sequence[str]) -> Table:
    """The chief measures of each interval, by when it begins."""
    table = Table(title="Intervals (SL: answered within, over queued, and over answered and abandoned)")
    table.add_column("from (UTC)")
    table.add_column("queue")
    for head in _BRIEF.values():
        table.add_column(head, justify="right")
    for begin_ms, queue in sorted((begin_ms, queue) for queue, begin_ms in measured.intervals):
        if queue in queues:
            figures = measured.intervals[queue, begin_ms].figures()
            cells = (cell(name, figures[name]) for name in _BRIEF)
            table.add_row(shown(begin_ms)[:16], queue or "all", *cells)
    return table


def staffing_table(title: str, forecasts: Sequence[Forecast], needed: int) -> Table:
    """What each number of agents gives."""
    table = Table(title=title)
    for name in ("agents", "service level", "have to wait", "ASA s", "abandon", "occupancy"):
        table.add_column(name, justify="right")
    for one in forecasts:
        table.add_row(
            f"{one.agents}",
            f"{one.service_level:.1%}",
            f"{one.wait_probability:.1%}",
            f"{one.asa_s:,.1f}",
            f"{one.abandon_rate:.1%}",
            f"{one.occupancy:.1%}",
            style="bold" if one.agents == needed else "",
        )
    return table


def _all_last(queues: Mapping[str, Measures]) -> list[tuple[str, Measures]]:
    return sorted(queues.items(), key=lambda item: (item[0] == ALL, item[0]))
