"""A new version of the rules: who knows it, and the record from which on it holds."""
