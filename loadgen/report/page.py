"""Makes the page: everything that it needs stands in it."""

import json
from pathlib import Path

import jinja2
import yaml
from markupsafe import Markup

from loadgen.report.data import Memory, Report, Series

MOST_POINTS = 1_500
"""Of a series on the page; longer runs show the worst of each stretch."""

_DRAWN = ("offered", "served", "vus", "errors", "shed", "cores", "whole_path")
"""Words that the charts use."""

_HERE = Path(__file__).parent
_UPLOT = Path("web/node_modules/uplot/dist")


class NoCharts(Exception):
    """What draws the charts is not installed."""


def render(report: Report, var: Path) -> str:
    """The page as HTML. `var` is where `make setup` put uPlot. Raises NoCharts where it is not there."""
    dist = var / _UPLOT
    try:
        uplot_js, uplot_css = ((dist / name).read_text() for name in ("uPlot.iife.min.js", "uPlot.min.css"))
    except OSError as error:
        raise NoCharts(f"{dist} has no uPlot: `make setup` fetches it.") from error
    texts = yaml.safe_load((_HERE / "texts.yaml").read_text())
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"figure": figure, "percent": percent}
    return environment.get_template("page.html.j2").render(
        report=report,
        texts=texts,
        data=Markup(_json(_drawn(report) | {"texts": {key: texts[key] for key in _DRAWN if key in texts}})),
        uplot_js=Markup(uplot_js),
        uplot_css=Markup(uplot_css),
        css=Markup((_HERE / "page.css").read_text()),
        js=Markup((_HERE / "page.js").read_text()),
    )


def figure(value: float) -> str:
    """Three significant digits, whole numbers from 100 on."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def percent(share: float) -> str:
    """With its sign."""
    return f"{100 * share:+,.0f} %" if abs(share) >= 1 else f"{100 * share:+.3g} %"


def thinned(values: Series, width: int) -> Series:
    """The highest of each `width` values: a spike of one second must not vanish."""
    if width <= 1:
        return values
    return [
        max((value for value in values[at : at + width] if value is not None), default=None)
        for at in range(0, len(values), width)
    ]


def _drawn(report: Report) -> dict[str, object]:
    width = -(-report.seconds // MOST_POINTS)
    charts = {
        name: {label: [_short(value) for value in thinned(values, width)] for label, values in series.items()}
        for name, series in report.charts.items()
    }
    at = list(range(0, report.seconds, max(width, 1)))
    drawn: dict[str, object] = {"at": at, "charts": charts}
    drawn["marks"] = [mark._asdict() for mark in report.marks]
    if report.memory and report.memory.at:
        drawn["memory"] = _memory(report.memory)
    return drawn


def _memory(memory: Memory) -> dict[str, object]:
    """Of our own processes: the servers' sizes would flatten their lines."""
    rows = [
        {
            "name": one.name,
            "drawn": one.drawn,
            "per_h": _short(one.per_h),
            "later": list(map(_short, one.later)),
        }
        for one in memory.rows
        if one.ours
    ]
    return {"at": memory.at, "warm": memory.warm_up_h, "until": memory.until_h, "rows": rows}


def _short(value: float | None) -> float | None:
    return None if value is None or value != value else float(f"{value:.4g}")


def _json(drawn: dict[str, object]) -> str:
    """`</script>` can't stand in it."""
    return json.dumps(drawn, separators=(",", ":")).replace("<", "\\u003c")
