"""What a run offers: its stages, a user's steps, its agents and its thresholds; read from YAML, checked."""
