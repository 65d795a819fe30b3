"""Which configuration of a pool counts."""

from loadgen.agents.pools import hear
from schemas.codec import encode
from schemas.config import PoolConfig


def pool(version: int) -> PoolConfig:
    return PoolConfig(pool="p", partition=0, version=version)


def test_the_highest_version_counts_whichever_record_came_last() -> None:
    found: dict[bytes, PoolConfig] = {}
    for version in (1, 3, 2):
        hear(found, b"p", encode(pool(version)))
    assert found == {b"p": pool(3)}


def test_a_pool_that_is_deleted_may_begin_anew() -> None:
    found: dict[bytes, PoolConfig] = {}
    hear(found, b"p", encode(pool(3)))
    hear(found, b"p", None)
    assert found == {}
    hear(found, b"p", encode(pool(2)))
    assert found == {b"p": pool(2)}
