"""Load for HTTP services and for whole contacts: an engine, simulated customers and agents, checks."""
