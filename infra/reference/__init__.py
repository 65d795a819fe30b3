"""The settings reference, made of the settings classes themselves."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from gateway.settings import GatewaySettings
from infra.doctor.finding import DoctorSettings
from infra.monitoring.receivers import AlertSettings
from infra.paths import CHECKOUT
from infra.settings import RunSettings
from loadgen.settings import LoadSettings
from runtime.settings import Settings, variable
from runtime.transit import Transit
from streams.harness.run import StreamSettings
from workers.letters.command import LettersSettings
from workers.notifier.main import NotifierSettings
from workers.persister.main import PersisterSettings
from workers.prober.main import ProberSettings
from workers.responder.settings import ResponderSettings
from workers.settings import WorkerSettings
from workers.webhooks.settings import WebhooksSettings

PROCESSES: tuple[tuple[type[msgspec.Struct], str], ...] = (
    (Transit, "Every process: connections to servers"),
    (Settings, "Every process"),
    (GatewaySettings, "aicc-gateway"),
    (StreamSettings, "aicc-conversations, aicc-routing"),
    (WorkerSettings, "Every worker: persister, notifier, webhooks, responder, prober"),
    (PersisterSettings, "aicc-persister"),
    (NotifierSettings, "aicc-notifier"),
    (WebhooksSettings, "aicc-webhooks"),
    (ResponderSettings, "aicc-responder"),
    (ProberSettings, "aicc-prober"),
    (LettersSettings, "aicc-dlq"),
    (RunSettings, "aicc-run"),
    (DoctorSettings, "aicc-doctor"),
    (AlertSettings, "aicc-monitoring"),
    (LoadSettings, "aicc-loadgen, aicc-demo"),
)
"""Each class with who reads it, bases before what is made of them."""

_UNITS = {"s": "s", "ms": "ms", "mb": "MB", "bytes": "bytes", "days": "days", "hours": "hours"}
_KINDS = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false", "Path": "path"}
_HEAD = """# Settings

Made by `python -m infra.reference` of the settings classes; change those, not this page. A process reads
its settings once, at its start, and ends with status 2 and the variable's name where one can't be used. Empty
is the same as unset.
"""


class Row(NamedTuple):
    """One variable."""

    variable: str
    kind: str
    default: str
    unit: str
    doc: str


def page() -> str:
    """The whole page."""
    return _HEAD + "".join(_section(kind, processes) for kind, processes in PROCESSES)


def rows(kind: type[msgspec.Struct]) -> Iterator[Row]:
    """The variables that the class adds to its bases, or whose default it changes."""
    docs, annotations = _docs(kind), inspect.get_annotations(kind)
    for field in msgspec.structs.fields(kind):
        if field.name in annotations:
            unit = next((_UNITS[end] for end in [field.name.rpartition("_")[2]] if end in _UNITS), "")
            yield Row(
                variable(field.name),
                _kind(annotations[field.name]),
                _shown(field.default),
                unit,
                docs.get(field.name, ""),
            )


def _section(kind: type[msgspec.Struct], processes: str) -> str:
    lines = [
        f"| `{row.variable}` | {row.kind} | {row.default} | {row.unit} | {_cell(row.doc)} |"
        for row in rows(kind)
    ]
    if not lines:
        return ""
    said = " ".join(inspect.cleandoc(kind.__doc__ or "").split())
    head = "| variable | type | default | unit | |\n|---|---|---|---|---|\n"
    return f"\n## {processes}\n\n{said}\n\n{head}" + "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _docs(kind: type[msgspec.Struct]) -> dict[str, str]:
    """The string that follows each field."""
    (made,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(made, ast.ClassDef)
    found = {}
    for field, after in zip(made.body, made.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            match after:
                case ast.Expr(value=ast.Constant(value=str(text))):
                    found[field.target.id] = " ".join(text.split())
    return found


def _kind(annotation: Any) -> str:
    """In words: what a refusal would say that it must be, or the plain type."""
    for told in getattr(annotation, "__metadata__", ()):
        if isinstance(told, msgspec.Meta) and told.description:
            return _cell(told.description)
    name = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    return _KINDS.get(name, "text" if "str" in name else _cell(name))


def _shown(default: Any) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, Path) and default.is_relative_to(CHECKOUT):
        default = default.relative_to(CHECKOUT)
    return "" if default in ("", msgspec.NODEFAULT) else f"`{default}`"
