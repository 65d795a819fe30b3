"""What history is filtered by."""

from migrations.sql import run_beside

revision = "a011"
down_revision = "a010"


def upgrade() -> None:
    """Runs a011_history.sql."""
    run_beside(__file__)


def downgrade() -> None:
    """Runs a011_history.down.sql."""
    run_beside(__file__, ".down.sql")
