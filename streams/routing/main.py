"""aicc-routing: matches waiting contacts with agents."""

from runtime.command import service_settings
from streams.harness.run import StreamSettings, run
from streams.routing.decider import RoutingDecider


def main() -> None:
    """Runs until SIGTERM."""
    decider = RoutingDecider()
    run(decider, service_settings(StreamSettings, "Matches waiting contacts with agents."), decider.writes)


if __name__ == "__main__":
    main()
