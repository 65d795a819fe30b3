"""Writes docs/settings.md."""

from pathlib import Path

import click

from infra.paths import CHECKOUT
from infra.reference import page

PAGE = CHECKOUT / "docs" / "settings.md"


@click.command(epilog="Example: python -m infra.reference")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), default=PAGE)
def main(file: Path) -> None:
    """Write the settings reference to FILE, by default the checkout's docs/settings.md."""
    file.write_text(page(), encoding="utf-8")
    click.echo(file)


if __name__ == "__main__":
    main()
