"""Which release this is."""

RELEASE = "1.0.0"
"""As in pyproject.toml and CHANGELOG.md."""
