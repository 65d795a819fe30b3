"""One suite for both stores: files, and a bucket over the network."""

import asyncio
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.objects import ObjectStore, Unavailable, open_store
from runtime.settings import Settings, SettingsError, parse_settings
from tests.runtime.objects.fake_s3 import BUCKET, KEY_ID, REGION, SECRET, FakeS3, fake_s3

SESSION = "018bcfe5-6800-7003-8000-000000000001"
OTHER = "018bcfe5-6800-7003-8000-000000000002"
BODY = bytes(range(256)) * 4096


@pytest.fixture(scope="module")
def server() -> Iterator[FakeS3]:
    with fake_s3() as server:
        yield server


def bucket(server: FakeS3, secret: str = SECRET) -> ObjectStore:
    """What the settings make of the server."""
    environ = {
        "AICC_ATTACHMENTS_URL": f"s3://{BUCKET}/aicc",
        "AICC_S3_ENDPOINT": server.endpoint,
        "AICC_S3_REGION": REGION,
        "AICC_S3_ACCESS_KEY_ID": KEY_ID,
        "AICC_S3_SECRET_ACCESS_KEY": secret,
    }
    return open_store(parse_settings(Settings, environ))


@pytest.fixture(params=["files", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path, server: FakeS3) -> ObjectStore:
    if request.param == "bucket":
        server.objects.clear()
        return bucket(server)
    return open_store(parse_settings(Settings, {"AICC_ATTACHMENTS_URL": f"file://{tmp_path}/images"}))


async def body_of(store: ObjectStore, key: str) -> bytes | None:
    found = await store.read(key)
    return b"".join([chunk async for chunk in found.chunks]) if found else None


async def keys_of(store: ObjectStore, folder: str = "") -> list[tuple[str, int]]:
    return sorted([(one.key, one.size) async for lot in store.list(folder) for one in lot])


def test_objects_are_kept_listed_and_deleted(store: ObjectStore) -> None:
    async def scenario() -> None:
        one, two, other = f"{SESSION}/a.png", f"{SESSION}/b.jpg", f"{OTHER}/a.png"
        assert [await store.size(one), await body_of(store, one), await keys_of(store)] == [None, None, []]
        for key, body in ((one, BODY), (two, b"2"), (other, b"other")):
            await store.put(key, body, "image/png")
        assert [await store.size(one), await body_of(store, one)] == [len(BODY), BODY]
        assert await keys_of(store) == [(one, len(BODY)), (two, 1), (other, 5)]
        assert await keys_of(store, f"{SESSION}/") == [(one, len(BODY)), (two, 1)]
        await store.put(two, b"22", "image/png")
        await store.delete(one)
        await store.delete(one)
        assert await keys_of(store, f"{SESSION}/") == [(two, 2)]
        await store.delete(two)
        assert await keys_of(store, f"{SESSION}/") == []
        await store.close()

    asyncio.run(scenario())


def test_the_bucket_keeps_the_type_below_its_prefix(server: FakeS3) -> None:
    server.objects.clear()
    asyncio.run(bucket(server).put(f"{SESSION}/a.png", b"x", "image/png"))
    assert server.objects == {f"/{BUCKET}/aicc/{SESSION}/a.png": (b"x", "image/png")}


def test_a_wrong_key_and_a_failing_server_are_said(server: FakeS3) -> None:
    refused = server.refused
    with pytest.raises(Unavailable, match="attachments"):
        asyncio.run(bucket(server, "another").put(f"{SESSION}/a.png", b"x", "image/png"))
    assert server.refused > refused
    server.failing = True
    try:
        with pytest.raises(Unavailable):
            asyncio.run(bucket(server).size(f"{SESSION}/a.png"))
    finally:
        server.failing = False


def test_files_are_ours_alone_and_whole(tmp_path: Path) -> None:
    store = open_store(parse_settings(Settings, {"AICC_VAR": str(tmp_path)}))
    asyncio.run(store.put(f"{SESSION}/a.png", b"x", "image/png"))
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert file == tmp_path / "attachments" / "01" / SESSION / "a.png"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    os.chmod(file.parent, 0o700)
    asyncio.run(store.delete(f"{SESSION}/a.png"))
    assert not file.parent.exists()


def test_a_directory_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = open_store(parse_settings(Settings, {"AICC_ATTACHMENTS_URL": f"file://{tmp_path}/file"}))
    with pytest.raises(Unavailable):
        asyncio.run(store.put(f"{SESSION}/a.png", b"x", "image/png"))


@pytest.mark.parametrize("key", ["a", "../a", "a/../b", "a/b/c", "/etc/passwd", "a/..", "a/\0", "a/b\n", ""])
def test_no_key_leads_elsewhere(tmp_path: Path, key: str) -> None:
    store = open_store(parse_settings(Settings, {"AICC_VAR": str(tmp_path)}))
    with pytest.raises(ValueError, match="no key"):
        asyncio.run(store.put(key, b"x", "image/png"))


@pytest.mark.parametrize("url", ["images", "s3://", "http://images", "file://relative", "s3://Bad_Name"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="AICC_ATTACHMENTS_URL"):
        parse_settings(Settings, {"AICC_ATTACHMENTS_URL": url})
