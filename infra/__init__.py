"""The local platform on real parts: its set-up, its supervisor and its commands."""
