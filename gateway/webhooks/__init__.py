"""Who hears of contact events, and what was sent."""
