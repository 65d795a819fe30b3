"""Configuration files that are refused: where, and why."""

import re
from pathlib import Path

import pytest

from infra.config_file import read_file
from schemas.config import ConfigError


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"pools:\n  - pool: a: b\n", ", line 2, column 12: mapping values are not allowed"),
        (b"pools: [\n", ", line 2, column 1: "),
        (
            "pools: # é\n  - pool: \x07\n".encode(),
            ", line 2, column 11: a character that YAML does not allow",
        ),
        (b"pools: \xff\n", ": byte 8 is not UTF-8"),
        (b"pools: 3\n", ": Expected `array`, got `int` - at `$.pools`"),
    ],
)
def test_the_file_is_named_with_line_and_column(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "pools.yaml"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as refused:
        read_file(file)
    assert str(refused.value).startswith(f"{file}{said}")


def test_the_example_in_the_documentation_is_fine(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text()
    (example,) = re.findall("```yaml\n(.*?)```", text, re.DOTALL)
    file = tmp_path / "service.yaml"
    file.write_text(example)
    (pool,) = read_file(file).pools
    assert [queue.name for queue in pool.queues] == ["support", "vip", "backlog"]
    assert pool.moves == {"old-support": "support"}
