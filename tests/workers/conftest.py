"""A world for each test."""

import pytest

from tests.workers.world import World


@pytest.fixture
def world(kafka_bootstrap: str, topic_prefix: str, database_url: str, redis_url: str) -> World:
    return World(kafka_bootstrap, topic_prefix, database_url, redis_url)
