"""Profiles: what a run offers, how it is written in YAML, and what must hold of its figures."""

from loadgen.profiles.reading import built_in, load, read
from loadgen.profiles.sections import ProfileError

__all__ = ["ProfileError", "built_in", "load", "read"]
