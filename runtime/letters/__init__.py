"""Dead letters: what they hold, what was decided of them, and putting their records back."""
