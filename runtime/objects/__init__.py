"""Where images lie: one interface, and what the settings say is behind it."""

from urllib.parse import urlsplit

from runtime.objects.local import LocalObjects
from runtime.objects.store import ObjectStore, Stored, Unavailable, Unread
from runtime.settings import Settings

__all__ = ["ObjectStore", "Stored", "Unavailable", "Unread", "open_store"]


def open_store(settings: Settings) -> ObjectStore:
    """The store of AICC_ATTACHMENTS_URL: s3://bucket/prefix, file:///directory, or where it is empty
    `attachments` in AICC_VAR. Nothing is asked of it yet."""
    url = urlsplit(settings.attachments_url)
    if url.scheme == "s3":
        # Its library is large, and few processes need it.
        from runtime.objects.s3 import S3Objects

        return S3Objects(settings, url.netloc, url.path.strip("/"))
    return LocalObjects((settings.var / "attachments") if not url.path else settings.var / url.path)
