"""How far behind each consumer is, in records and in seconds, whether it lives or not."""
