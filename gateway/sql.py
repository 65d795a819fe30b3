"""The statements of queries.sql, by their names."""

import re
from pathlib import Path

_NAME = re.compile(r"^-- (\w+) --$", re.MULTILINE)


def statements(path: Path) -> dict[str, str]:
    """Name to statement; each begins with a line `-- name --`."""
    _, *parts = _NAME.split(path.read_text())
    return {name: text.strip() for name, text in zip(parts[::2], parts[1::2], strict=True)}


SQL = statements(Path(__file__).with_name("queries.sql"))
