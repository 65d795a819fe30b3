"""What was decided of dead letters."""

from migrations.sql import run_beside

revision = "a010"
down_revision = "a009"


def upgrade() -> None:
    """Runs a010_letter_outcomes.sql."""
    run_beside(__file__)


def downgrade() -> None:
    """Runs a010_letter_outcomes.down.sql."""
    run_beside(__file__, ".down.sql")
