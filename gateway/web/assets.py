"""What browsers fetch, read once: each file with its kind, a digest and, where that is less, gzipped."""

import gzip
import hashlib
import logging
from pathlib import Path
from typing import NamedTuple

log = logging.getLogger(__name__)

STATIC = Path(__file__).with_name("static")
PACKAGES = Path(__file__).parents[2] / "var/web/node_modules"
"""Where `make setup` puts them."""

VENDOR = {
    "vendor/preact.js": "htm/preact/standalone.module.js",
    "vendor/uplot.js": "uplot/dist/uPlot.esm.js",
    "vendor/uplot.css": "uplot/dist/uPlot.min.css",
}
KINDS = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}


class Asset(NamedTuple):
    """`zipped` is None where gzip saves nothing."""

    body: bytes
    zipped: bytes | None
    media_type: str
    etag: str


def assets(static: Path = STATIC, packages: Path = PACKAGES) -> dict[str, Asset]:
    """By address below /ui: `chat/chat.js`, and `chat` for its `chat/index.html`. What a package lacks is
    left out, and said."""
    known = {}
    for file in sorted(static.rglob("*")):
        if file.suffix in KINDS:
            name = file.relative_to(static).as_posix()
            known[name.removesuffix("/index.html")] = _read(file)
    for name, inside in VENDOR.items():
        try:
            known[name] = _read(packages / inside)
        except OSError:
            log.warning("pages will not work: %s is missing; `make setup` fetches it", packages / inside)
    return known


def _read(file: Path) -> Asset:
    body = file.read_bytes()
    zipped = gzip.compress(body, 9, mtime=0)
    digest = hashlib.sha256(body).hexdigest()[:24]
    return Asset(body, zipped if len(zipped) < len(body) else None, KINDS[file.suffix], f'"{digest}"')
