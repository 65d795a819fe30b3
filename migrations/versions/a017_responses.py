"""How soon agents wrote, by the quarter of an hour."""

from migrations.sql import run_beside

revision = "a017"
down_revision = "a016"


def upgrade() -> None:
    """Runs a017_responses.sql."""
    run_beside(__file__)


def downgrade() -> None:
    """Runs a017_responses.down.sql."""
    run_beside(__file__, ".down.sql")
