"""HTTP and WebSocket in, Kafka out; what becomes of it comes back over Redis."""
