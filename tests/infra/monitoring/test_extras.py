"""Without the extras everything else works, and one is told what to install."""

import sys

import pytest
from click.testing import CliRunner

from infra.monitoring.command import main


@pytest.mark.parametrize(
    ("module", "extra", "arguments"),
    [
        ("grafana_foundation_sdk", "dashboards", ["dashboards", "somewhere"]),
        ("botocore", "cloudwatch", ["cloudwatch", "--rounds", "1"]),
    ],
)
def test_what_is_missing_is_named(
    module: str, extra: str, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [
        name
        for name in sys.modules
        if name.split(".")[0] == module or name.endswith((".grafana", "cloudwatch.client"))
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    told = CliRunner().invoke(main, arguments)
    assert (told.exit_code, f"pip install 'aicc[{extra}]'" in told.output) == (1, True), told.output
    assert CliRunner().invoke(main, ["rules"]).exit_code == 0
