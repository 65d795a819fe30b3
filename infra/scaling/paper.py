"""`python -m infra.scaling paper`: what a size needs."""

import click

from infra.scaling.model import Coefficients, Prices, Size, need


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--agents", default=10_000)
@click.option("--conversations", default=1_000_000, help="At the same time.")
@click.option("--contacts", default=33.3, help="That ask for an agent, a second.")
@click.option("--message-every", default=30.0, help="Seconds between two messages of a conversation.")
@click.option("--core", default=25.0, help="Price of a core for a month.")
@click.option("--gib", default=3.5, help="Price of a GiB of memory for a month.")
@click.option("--terabyte", default=10.0, help="Price of a terabyte sent.")
def main(
    agents: int,
    conversations: int,
    contacts: float,
    message_every: float,
    core: float,
    gib: float,
    terabyte: float,
) -> None:
    """Prints partitions, workers, brokers, memory, network and cost by measured coefficients.

    \b
    Example:
      python -m infra.scaling paper --agents 1000 --conversations 50000 --contacts 3

    \b
    Exit status: 0 printed; 2 wrong usage.
    """
    if message_every <= 0:
        raise click.UsageError("--message-every has to be above 0")
    size = Size(
        agents=agents,
        conversations=conversations,
        contacts_per_s=contacts,
        messages_per_s=1 / message_every,
    )
    prices = Prices(core=core, gib=gib, terabyte_sent=terabyte)
    for name, value in need(size, Coefficients(), prices)._asdict().items():
        click.echo(f"{name.replace('_', ' '):<20} {value:>12,.0f}")


if __name__ == "__main__":
    main()
