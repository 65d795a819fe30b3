"""What transcripts are searched by."""

from migrations.sql import run_beside

revision = "a012"
down_revision = "a011"


def upgrade() -> None:
    """Runs a012_search.sql."""
    run_beside(__file__)


def downgrade() -> None:
    """Runs a012_search.down.sql."""
    run_beside(__file__, ".down.sql")
