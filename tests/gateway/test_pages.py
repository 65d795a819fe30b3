"""Pages are files of ours; in a browser they run under a policy that lets nothing else in."""

import re
from pathlib import Path

import pytest

import gateway.pages
from schemas.webhooks import EventType
from tests.gateway.process import GatewayProcess

FILES = sorted(Path(gateway.pages.__file__).with_name("pages").iterdir())
KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_each_is_served_under_a_strict_policy(gateway: GatewayProcess, file: Path) -> None:
    page = gateway.get(f"/admin/{file.name}")
    assert (page.status, page.body) == (200, file.read_bytes())
    assert page.media_type == f"{KINDS[file.suffix]}; charset=utf-8"
    assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
    assert page.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_nothing_comes_from_elsewhere_or_is_made_of_text(file: Path) -> None:
    text = file.read_text()
    assert not re.search(r"(src|href|url|import)\s*[=(]?\s*[\"']?(https?:)?//", text)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|\son\w+=|style=", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style", text)


def test_the_script_finds_what_it_looks_for() -> None:
    page, script = (
        next(file.read_text() for file in FILES if file.suffix == kind) for kind in (".html", ".js")
    )
    wanted = set(re.findall(r'\$\("([\w-]+)"\)', script))
    assert wanted <= set(re.findall(r'id="([\w-]+)"', page))
    events = set(re.findall(r'"((?:contact|conversation)\.\w+)"', script))
    assert events == set(EventType) - {EventType.TEST}
