"""The SQL statements, each by the name of its file under sql/."""

from pathlib import Path

_SQL = Path(__file__).parent / "sql"


def statement(name: str) -> str:
    """The text of sql/`name`.sql."""
    return (_SQL / f"{name}.sql").read_text()
