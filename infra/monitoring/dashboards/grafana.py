"""Boards as Grafana's JSON, by its foundation SDK: the extra `dashboards`, needed by nothing else."""

import json
from typing import Any

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as looks
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from infra.monitoring.dashboards.board import Board, Chart, Choice, Kind
from infra.monitoring.dashboards.load import RUNS

SOURCE = "aicc-prometheus"
"""The data source's uid, as provisioning/datasources names it."""

PAGES = 'max by (alertname) (ALERTS{alertstate="firing",severity="page"})'
_SOURCE = model.DataSourceRef(type_val="prometheus", uid=SOURCE)
_WIDE, _COLUMNS = 12, 24
_HEIGHT = {Kind.LINES: 8, Kind.TABLE: 8, Kind.FIGURE: 4}
_GREEN, _RED = "green", "red"
_TAG = "aicc"
_Panel = timeseries.Panel | stat.Panel | table.Panel


def text(board: Board) -> str:
    """The file of a dashboard."""
    made = json.loads(json.dumps(_built(board).build(), cls=JSONEncoder))
    for one in made["annotations"]["list"]:
        one.update(_MARKED[one["name"]])
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


# Fields that the data source reads and that the SDK does not have.
_MARKED: dict[str, dict[str, Any]] = {
    "Load tests": {"step": "5s", "titleFormat": "Load test {{profile}}", "textFormat": "{{run}}"},
    "Pages": {"step": "15s", "titleFormat": "{{alertname}}", "textFormat": "somebody was called"},
}


def _built(board: Board) -> dashboard.Dashboard:
    made = (
        dashboard.Dashboard(f"aicc: {board.title}")
        .uid(board.uid)
        .description(board.says)
        .tags([_TAG])
        .timezone("browser")
        .refresh("10s")
        .time("now-1h", "now")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .link(_others())
        .annotation(_mark("Load tests", RUNS, "blue"))
        .annotation(_mark("Pages", PAGES, _RED))
    )
    for choice in board.choices:
        made = made.with_variable(_variable(choice))
    for chart in board.charts:
        made = made.with_panel(_panel(chart))
    return made


def _others() -> dashboard.DashboardLink:
    link = dashboard.DashboardLink("aicc").type(model.DashboardLinkType.DASHBOARDS).tags([_TAG])
    return link.as_dropdown(True).keep_time(True)


def _mark(name: str, expr: str, color: str) -> dashboard.AnnotationQuery:
    """What happened meanwhile, as bands in every chart."""
    made = dashboard.AnnotationQuery().name(name).datasource(_SOURCE).enable(True)
    return made.icon_color(color).expr(expr)


def _variable(choice: Choice) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(choice.name)
        .datasource(_SOURCE)
        .query(f"label_values({choice.metric}, {choice.label})")
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .include_all(True)
        .all_value(".*")
        .multi(True)
    )


def _panel(chart: Chart) -> Builder[model.Panel]:
    made = _drawn(chart).title(chart.title).unit(chart.unit.value).datasource(_SOURCE)
    made = made.description(chart.says).height(_HEIGHT[chart.kind])
    made = made.span(_COLUMNS // 6 if chart.kind is Kind.FIGURE else _WIDE)
    for number, query in enumerate(chart.queries):
        asked = prometheus.Dataquery().expr(query.expr).legend_format(query.legend).ref_id("ABCDEFG"[number])
        made = made.with_target(_at_once(asked) if chart.kind is Kind.TABLE else asked)
    return made.thresholds(_steps(chart)) if chart.limit is not None else made


def _at_once(asked: prometheus.Dataquery) -> prometheus.Dataquery:
    """As a table of what is so now."""
    return asked.instant().format(PromQueryFormat.TABLE)


def _drawn(chart: Chart) -> _Panel:
    match chart.kind:
        case Kind.FIGURE:
            last = common.ReduceDataOptions().calcs(["lastNotNull"])
            return stat.Panel().graph_mode(looks.BigValueGraphMode.AREA).reduce_options(last)
        case Kind.TABLE:
            return table.Panel()
        case Kind.LINES:
            lines = timeseries.Panel().min(0).fill_opacity(10).show_points(looks.VisibilityMode.NEVER)
            style = common.GraphThresholdsStyleConfig().mode(looks.GraphThresholdsStyleMode.LINE)
            return lines if chart.limit is None else lines.thresholds_style(style)


def _steps(chart: Chart) -> dashboard.ThresholdsConfig:
    """Green on the good side of the limit, red on the other."""
    low, high = (_RED, _GREEN) if chart.good_above else (_GREEN, _RED)
    steps = [model.Threshold(value=None, color=low), model.Threshold(value=chart.limit, color=high)]
    return dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps)
