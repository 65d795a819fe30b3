"""The highest rate that a target sustains, and what keeps it from more."""
