"""Routing: a pool's queues, agents and contacts, and the decisions that bring them together."""
