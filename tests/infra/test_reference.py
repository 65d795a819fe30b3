"""The settings reference: as the classes are, with every one of them."""

import re

from infra.paths import CHECKOUT
from infra.reference import PROCESSES, page, rows
from runtime.settings import Settings

_PACKAGES = ("gateway", "infra", "loadgen", "runtime", "streams", "workers")
_CLASS = re.compile(r"^class (\w+)\((?:\w*Settings|Transit|msgspec\.Struct), frozen=True, kw_only", re.M)


def test_the_page_is_current() -> None:
    found = (CHECKOUT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert found == page(), "run `python -m infra.reference`"


def test_every_class_of_settings_stands_on_it() -> None:
    files = [file for package in _PACKAGES for file in (CHECKOUT / package).rglob("*.py")]
    classes = {name for file in files for name in _CLASS.findall(file.read_text(encoding="utf-8"))}
    ours = {name for name in classes if name.endswith("Settings") or name == "Transit"}
    assert ours == {kind.__name__ for kind, _ in PROCESSES}


def test_a_row_says_name_type_default_unit_and_meaning() -> None:
    found = {row.variable: row for row in rows(Settings)}
    ratio = found["AICC_TRACE_RATIO"]
    assert (ratio.kind, ratio.default) == ("a number from 0 to 1", "`0.01`")
    assert ratio.doc.startswith("Of the traces that begin here")
    assert found["KAFKA_BOOTSTRAP"].kind == "host:port, several apart by commas"
