"""What released code wrote, kept for good: tests/golden/<release>/."""
