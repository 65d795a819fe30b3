"""The database's schema, as Alembic revisions of raw SQL."""

from migrations.runner import upgrade

__all__ = ["upgrade"]
