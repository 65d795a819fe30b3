"""Configuration files that are refused: where, and why."""

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
