"""The command and its subcommands."""

import click

from loadgen.command.baseline import baseline_command
from loadgen.command.calibrate import calibrate_command
from loadgen.command.capacity import capacity_command
from loadgen.command.capacity_plan import plan_command
from loadgen.command.compare import compare_command
from loadgen.command.gate import gate_command
from loadgen.command.history import history_command
from loadgen.command.profiles import profiles_command
from loadgen.command.purge import purge_command
from loadgen.command.record import record_command
from loadgen.command.report import report_command
from loadgen.command.run import run_command
from loadgen.command.sweep import sweep_command
from loadgen.command.weekly import weekly_command
from loadgen.command.worker import worker_command


@click.group(context_settings={"max_content_width": 100})
def main() -> None:
    """Offers load to a service and says how it did, and whether that can be believed.

    Runs are kept under AICC_RUNS, or ./runs.

    \b
    Examples:
      aicc-loadgen run mixed --compress 4
      aicc-loadgen run my-profile.yaml --target http://127.0.0.1:9000
      aicc-loadgen report latest
    """


for _command in (
    run_command,
    report_command,
    history_command,
    weekly_command,
    compare_command,
    gate_command,
    baseline_command,
    calibrate_command,
    capacity_command,
    plan_command,
    sweep_command,
    profiles_command,
    record_command,
    purge_command,
    worker_command,
):
    main.add_command(_command)
