"""Versions in Redis by which gateways know whether a page of history is still what Postgres has. Pure.

The hash `KEY` has a number for each tag, which the persister raises after it has stored what the tag is of,
and an epoch, a text that is new whenever nothing kept so far may be served.
"""

from zlib import crc32

KEY = "history:versions"
EPOCH = "epoch"
"""Of all pages: erasures, agents' names, partitions that another persister had."""

ALL = "all"
"""Of consultations, whosever they are."""

NAMES = "names"
"""Of customers who were known by another name or phone before; their consultations are any agent's."""

BUCKETS = 1_024
"""So many tags there are for customers, and so many for agents: those of one bucket share a version."""


def customer_tag(customer_id: str) -> str:
    """Of the consultations of this customer."""
    return f"c{crc32(customer_id.encode()) % BUCKETS}"


def agent_tag(agent_id: str) -> str:
    """Of the consultations that this agent has, or had before."""
    return f"a{crc32(agent_id.encode()) % BUCKETS}"
