"""Pages and their files as they are served."""

import gzip
from pathlib import Path

import httpx
import pytest

from gateway.web.assets import VENDOR, assets
from tests.platform import Platform

LIMIT = 100_000
"""Bytes of a page with all that it loads, without fonts."""


def test_packages_are_there() -> None:
    assert VENDOR.keys() <= assets().keys()


def test_a_missing_package_is_said_and_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert not VENDOR.keys() & assets(packages=tmp_path).keys()
    assert "make setup" in caplog.text


def test_files_are_zipped_known_by_a_digest_and_nothing_else_is_given(platform: Platform) -> None:
    with httpx.Client(base_url=platform.base_url) as client:
        plain = client.get("/ui/shared/base.css", headers={"accept-encoding": "identity"})
        with client.stream("GET", "/ui/shared/base.css") as answer:
            zipped = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == "gzip"
        assert gzip.decompress(zipped) == plain.content
        again = client.get("/ui/shared/base.css", headers={"if-none-match": plain.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert plain.headers["content-type"].startswith("text/css")
        for path in ("/ui/../gateway/main.py", "/ui/nothing", "/ui/shared", "/ui/%2e%2e/pyproject.toml"):
            assert client.get(path).status_code == 404
