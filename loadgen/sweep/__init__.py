"""Varies settings of a target, or of the load, by interleaved runs, and says what each value does."""
