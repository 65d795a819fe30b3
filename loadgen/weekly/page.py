"""Makes the page: everything that it needs stands in it."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import jinja2
import yaml
from markupsafe import Markup

from loadgen.report.page import figure, percent
from loadgen.weekly.week import SERVICE_LEVEL, Total, Week

_HERE = Path(__file__).parent
_CSS = _HERE.parent / "report" / "page.css"
_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 1060.0, 220.0, 46.0, 22.0


class Bar(NamedTuple):
    """A day of the picture, in its units; `level` is where the line passes, None where nobody came."""

    day: date
    x: float
    y: float
    width: float
    height: float
    level: float | None
    ours: bool
    total: Total


def render(week: Week) -> str:
    """The page as HTML, in both languages."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"figure": figure, "percent": percent, "share": share}
    found = bars(week)
    return environment.get_template("page.html.j2").render(
        week=week,
        bars=found,
        line=[f"{bar.x + bar.width / 2:.1f},{bar.level:.1f}" for bar in found if bar.level is not None],
        most=max((one.offered for _, one in week.days), default=0),
        goal=_level(SERVICE_LEVEL),
        size=(_WIDTH, _HEIGHT, _LEFT, _BOTTOM),
        texts=yaml.safe_load((_HERE / "texts.yaml").read_text()),
        css=Markup(_CSS.read_text()),
    )


def share(value: float) -> str:
    """Of one, in per cent."""
    return f"{100 * value:.1f} %"


def bars(week: Week) -> Sequence[Bar]:
    """One a day, the highest as high as the picture."""
    most = max((one.offered for _, one in week.days), default=0) or 1
    step, room = (_WIDTH - _LEFT) / max(len(week.days), 1), _HEIGHT - _BOTTOM
    found = []
    for nth, (day, one) in enumerate(week.days):
        height = one.offered / most * (room - 8)
        level = None if one.service_level is None else _level(one.service_level)
        place = _LEFT + nth * step, room - height, step * 0.72, height
        found.append(Bar(day, *place, level, day >= week.begin, one))
    return found


def _level(value: float) -> float:
    return 8 + (1 - value) * (_HEIGHT - _BOTTOM - 8)
