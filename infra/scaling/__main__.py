"""`python -m infra.scaling`."""

import click

from infra.scaling.autoscale import main as autoscale
from infra.scaling.paper import main as paper
from infra.scaling.simulate import main as simulate


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """How many workers.

    \b
    Example:
      python -m infra.scaling simulate --help
    """


main.add_command(autoscale, "autoscale")
main.add_command(paper, "paper")
main.add_command(simulate, "simulate")

if __name__ == "__main__":
    main()
