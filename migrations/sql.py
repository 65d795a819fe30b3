"""The SQL of a revision, from the file of the same name."""

from pathlib import Path

from alembic import op


def run_beside(revision_file: str, ending: str = ".sql") -> None:
    """Runs the file of that ending that lies beside a revision's module, as it stands."""
    op.get_context().impl.static_output(Path(revision_file).with_suffix(ending).read_text())
