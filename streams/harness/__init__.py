"""Deterministic replay with checkpoints on Faust; it knows no business (docs/architecture.md)."""
