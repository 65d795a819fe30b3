"""aicc-routing: matches waiting contacts with agents."""

from runtime.settings import read_settings
from streams.harness.run import StreamSettings, run
from streams.routing.decider import RoutingDecider


def main() -> None:
    """Runs until SIGTERM."""
    decider = RoutingDecider()
    run(decider, read_settings(StreamSettings), decider.writes)


if __name__ == "__main__":
    main()
