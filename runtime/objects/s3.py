"""Objects in a bucket, over the API of S3, which many stores speak."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from runtime.objects.store import Stored, Unavailable, Unread
from runtime.settings import Settings

if TYPE_CHECKING:
    from obstore.store import S3Config

_TIMEOUT = "10s"
_RETRIES = 3
_LOT = 1_000


class S3Objects:
    """Requests are signed and sent by the library's own threads. Without keys in the settings it takes those
    that AWS's own tools would: of the environment, or of the machine's role."""

    def __init__(self, settings: Settings, bucket: str, prefix: str) -> None:
        config: S3Config = {"virtual_hosted_style_request": not settings.s3_endpoint}
        if settings.s3_endpoint:
            config["endpoint"] = settings.s3_endpoint.rstrip("/")
        if settings.s3_region:
            config["region"] = settings.s3_region
        if settings.s3_access_key_id:
            config["access_key_id"] = settings.s3_access_key_id
            config["secret_access_key"] = settings.s3_secret_access_key
        self._store = S3Store(
            bucket,
            prefix=prefix or None,
            config=config,
            client_options={
                "timeout": _TIMEOUT,
                "connect_timeout": "3s",
                "allow_http": settings.s3_endpoint.startswith("http://"),
            },
            retry_config={"max_retries": _RETRIES, "retry_timeout": timedelta(seconds=10)},
        )

    async def put(self, key: str, body: bytes, media_type: str) -> None:
        """Raises Unavailable."""
        with _asking():
            await obstore.put_async(
                self._store, key, body, attributes={"Content-Type": media_type}, use_multipart=False
            )

    async def size(self, key: str) -> int | None:
        """Raises Unavailable."""
        with _asking():
            try:
                return (await obstore.head_async(self._store, key))["size"]
            except (FileNotFoundError, NotFoundError):
                return None

    async def read(self, key: str) -> Unread | None:
        """Raises Unavailable."""
        with _asking():
            try:
                found = await obstore.get_async(self._store, key)
            except (FileNotFoundError, NotFoundError):
                return None
            return Unread(found.meta["size"], _chunks(found.stream()))

    async def delete(self, key: str) -> None:
        """Raises Unavailable."""
        with _asking():
            try:
                await obstore.delete_async(self._store, key)
            except (FileNotFoundError, NotFoundError):
                return

    async def list(self, folder: str = "") -> AsyncIterator[list[Stored]]:
        """Raises Unavailable."""
        with _asking():
            async for lot in obstore.list(self._store, folder or None, chunk_size=_LOT):
                yield [Stored(one["path"], one["size"], one["last_modified"]) for one in lot]

    async def close(self) -> None:
        """The library closes its connections by itself."""


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        # What follows the first line are the library's own insides.
        raise Unavailable(f"the store of attachments: {str(error).splitlines()[0][:300]}") from error


async def _chunks(stream: obstore.BytesStream) -> AsyncIterator[bytes]:
    with _asking():
        async for chunk in stream:
            yield bytes(chunk)
