"""`aicc-loadgen record`: a real time of the platform, to be offered again."""

import asyncio
from datetime import datetime
from pathlib import Path

import click

from loadgen.command.options import console
from loadgen.recording import RecordingError, record
from loadgen.settings import LoadSettings
from runtime.reach import reaching_kafka
from runtime.settings import read_settings


class _Moment(click.ParamType):
    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime | None:
        try:
            found = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time like 2026-11-23T09:00 or 2026-11-23T09:00+09:00.", param, ctx)
        return found.astimezone()


_MOMENT = _Moment()


@click.command("record")
@click.option("--from", "begin", type=_MOMENT, required=True, help="Local time where it names no zone.")
@click.option("--to", "end", type=_MOMENT, required=True)
@click.option(
    "--file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("arrivals.jsonl.gz"),
    show_default=True,
    help="What is written; gzipped where it ends in .gz.",
)
@click.option("--synthetic", is_flag=True, help="Contacts of load tests too.")
def record_command(begin: datetime, end: datetime, file: Path, synthetic: bool) -> None:
    """Write when contacts came, and what they did, from Kafka's topics to a file without texts, names or
    numbers of anybody. A profile of mode replay offers it again.

    \b
    Example:
      aicc-loadgen record --from 2026-11-23T09:00 --to 2026-11-23T10:00 --file monday.jsonl.gz

    \b
    Exit status: 0 written; 1 nothing came in that time, or Kafka can't be reached; 2 wrong usage.
    """
    if begin >= end:
        raise click.UsageError("--from must be before --to.")
    bootstrap = read_settings(LoadSettings).kafka_bootstrap
    with console.status("reading") as status:

        def heard(contacts: int, records: int) -> None:
            status.update(f"{contacts:,} contacts in {records:,} records")

        begin_ms, end_ms = (round(one.timestamp() * 1000) for one in (begin, end))
        try:
            with reaching_kafka(bootstrap):
                found = asyncio.run(
                    record(bootstrap, file, begin_ms, end_ms, synthetic=synthetic, heard=heard)
                )
        except RecordingError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            raise click.ClickException(f"{file} can't be written: {error.strerror or error}") from error
    console.print(f"{found:,} contacts in {file}", highlight=False)
