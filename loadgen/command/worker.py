"""`aicc-loadgen worker`: generates here for a run that is led from another machine."""

import os
import sys

import click
import uvloop

from loadgen.command.options import SECRET_VARIABLE, console
from loadgen.run.hosts import serve


@click.command("worker")
@click.option("--listen", required=True, metavar="HOST:PORT", help="Where the coordinator reaches it.")
def worker_command(listen: str) -> None:
    """Wait for runs to take a share of, one at a time, until Ctrl-C.

    Whoever knows AICC_WORKER_SECRET may have load sent from here: keep it to yourself.

    \b
    Example:
      AICC_WORKER_SECRET=… aicc-loadgen worker --listen 10.0.0.7:7700
      AICC_WORKER_SECRET=… aicc-loadgen run mixed --hosts 10.0.0.7:7700     # on the other machine

    \b
    Exit status: 0 stopped; 1 the address can't be listened at; 2 wrong usage.
    """
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65_535:
        raise click.UsageError(f"--listen: {listen!r} is not of the form HOST:PORT.")
    secret = os.environ.get(SECRET_VARIABLE, "")
    if not secret:
        raise click.UsageError(f"{SECRET_VARIABLE} must be set, the same as the coordinator's.")
    try:
        uvloop.run(serve(host.strip("[]"), int(port), secret, console.print))
    except OSError as error:
        raise click.ClickException(f"{listen} can't be listened at: {error.strerror or error}") from error
    except KeyboardInterrupt:
        sys.exit(0)
