"""What watches the platform from outside: alert rules for Prometheus, made so that they can be tested."""
