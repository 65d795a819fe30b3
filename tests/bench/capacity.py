"""`python -m tests.bench.capacity [OPTIONS]`: `aicc-loadgen capacity mixed` on this platform.

Where none runs at AICC_GATEWAY_PORT, one is started on parts and ports of its own and ended afterwards.
Options go to `aicc-loadgen capacity`: `--duration 5 --warm 2 --precision 0.2` makes it short. Nobody is bound
to a core: on two of them generator, broker and services share them, and the figure is that of all together.
"""

import os
import subprocess
import sys

from infra.paths import CHECKOUT
from tests.bench.running import BIN, some_platform, warm_up


def main() -> None:
    """Ends with the status of `aicc-loadgen capacity`, whose last line is the figures as JSON."""
    with some_platform("capacity") as (gateway, chosen):
        warm_up(gateway, chosen)
        command = [str(BIN / "aicc-loadgen"), "capacity", "mixed", "--target", gateway, *sys.argv[1:]]
        status = subprocess.run(command, env=os.environ | chosen, cwd=CHECKOUT, check=False).returncode
    sys.exit(status)


if __name__ == "__main__":
    main()
