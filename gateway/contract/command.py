"""aicc-schemas: writes the descriptions of HTTP, topics, sockets and metrics where they are kept."""

import json
from collections.abc import Callable
from pathlib import Path

import click

from gateway.contract.asyncapi import asyncapi
from gateway.contract.openapi import openapi
from gateway.contract.shapes import Json
from runtime.metrics_page import page

DOCUMENTS: dict[str, Callable[[], Json]] = {"openapi.json": openapi, "asyncapi.json": asyncapi}
PAGES: dict[str, Callable[[], str]] = {"metrics.md": page}
DOCS = Path(__file__).resolve().parents[2] / "docs"


def written(document: Json) -> str:
    """As it stands in a file."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


@click.command(
    help="Writes openapi.json, asyncapi.json and metrics.md to DIRECTORY, by default the checkout's docs."
)
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False, exists=True), default=DOCS)
def main(directory: Path) -> None:
    """The command."""
    texts = {name: written(make()) for name, make in DOCUMENTS.items()}
    for name, text in (texts | {name: make() for name, make in PAGES.items()}).items():
        (directory / name).write_text(text, encoding="utf-8")
        click.echo(directory / name)


if __name__ == "__main__":
    main()
