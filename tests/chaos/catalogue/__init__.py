"""Every fault that `make chaos` knows, in the order in which they strike."""

from collections.abc import Sequence

from tests.chaos.catalogue.brokers import BROKERS
from tests.chaos.catalogue.disks_and_clocks import DISKS_AND_CLOCKS
from tests.chaos.catalogue.network import NETWORK
from tests.chaos.catalogue.processes import PROCESSES
from tests.chaos.catalogue.records import RECORDS
from tests.chaos.catalogue.servers import SERVERS
from tests.chaos.fault import Fault

CATALOGUE: Sequence[Fault] = (*PROCESSES, *SERVERS, *NETWORK, *RECORDS, *DISKS_AND_CLOCKS, *BROKERS)


def chosen(only: Sequence[str]) -> list[Fault]:
    """Those whose name or group contains one of the words; all where there is none."""
    return [one for one in CATALOGUE if not only or any(w in f"{one.group}: {one.name}" for w in only)]
