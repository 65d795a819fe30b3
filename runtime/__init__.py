"""What every process of the platform has: settings, logs, metrics and health, clients' options."""
