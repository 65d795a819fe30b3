"""Clients of Redis, which for `rediss://` check the server by `AICC_REDIS_CA` and read that file again."""

import os
from typing import Any
from urllib.parse import quote

from redis.asyncio import BlockingConnectionPool, ConnectionPool, Redis, SSLConnection

from runtime.settings import Settings, parse_settings


class _Fresh(SSLConnection):
    """Makes its context anew for each connection: files may have changed since the one before."""

    def _connection_arguments(self) -> Any:
        self.ssl_context.context = None
        return super()._connection_arguments()


def trusting(url: str) -> str:
    """The address with the CA of this process's settings, where it is one of TLS and names none."""
    ca = parse_settings(Settings, os.environ).redis_ca
    if not ca or not url.startswith("rediss://") or "ssl_ca_certs=" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}ssl_ca_certs={quote(ca)}"


def redis_client(url: str, **options: Any) -> Redis:
    """A client with as many connections as are needed; `options` as of `Redis.from_url`."""
    return _client(ConnectionPool.from_url(trusting(url), **options))


def bounded_client(url: str, most: int, wait_s: float, **options: Any) -> Redis:
    """A client that waits for one of `most` connections."""
    return _client(
        BlockingConnectionPool.from_url(trusting(url), max_connections=most, timeout=wait_s, **options)
    )


def _client(pool: Any) -> Redis:
    if issubclass(pool.connection_class, SSLConnection):
        pool.connection_class = _Fresh
    return Redis.from_pool(pool)
