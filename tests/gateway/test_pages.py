"""Pages are files of ours; in a browser they run under a policy that lets nothing else in."""

import re
from pathlib import Path

import pytest

from gateway.web.assets import KINDS, STATIC
from schemas.webhooks import EventType
from tests.gateway.process import GatewayProcess

FILES = sorted(file for file in STATIC.rglob("*") if file.suffix in KINDS)
WEBHOOKS = sorted((STATIC / "admin").glob("webhooks.*"))


def address(file: Path) -> str:
    """Where it is served."""
    return f"/ui/{file.relative_to(STATIC).as_posix().removesuffix('/index.html')}"


@pytest.mark.parametrize("path", [*map(address, FILES), *(f"/admin/{file.name}" for file in WEBHOOKS)])
def test_each_is_served_under_a_strict_policy(gateway: GatewayProcess, path: str) -> None:
    page = gateway.get(path)
    assert page.status == 200
    assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
    assert page.headers["x-content-type-options"] == "nosniff"
    embedded = "frame-ancestors 'none'" not in page.headers["content-security-policy"]
    assert embedded == (path == "/ui/chat")


@pytest.mark.parametrize("file", FILES, ids=address)
def test_nothing_comes_from_elsewhere_or_is_made_of_text(file: Path) -> None:
    text = re.sub(r"^\s*//.*", "", file.read_text(), flags=re.MULTILINE)
    assert not re.search(r"(src|href|url|import)\s*[=(]?\s*[\"']?(https?:)?//", text)
    # What a template binds is a function or an object, never text.
    assert not re.search(r"\son\w+=(?!\$\{)|style=(?!\$\{)", text)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style", text)


def test_the_script_finds_what_it_looks_for() -> None:
    page, script = (
        next(file.read_text() for file in WEBHOOKS if file.suffix == kind) for kind in (".html", ".js")
    )
    wanted = set(re.findall(r'\$\("([\w-]+)"\)', script))
    assert wanted <= set(re.findall(r'id="([\w-]+)"', page))
    events = set(re.findall(r'"((?:contact|conversation)\.\w+)"', script))
    assert events == set(EventType) - {EventType.TEST}
