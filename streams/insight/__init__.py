"""What routing's log tells: measures, replays, what would have been, and how many agents it takes."""
