"""aicc-conversations: keeps every conversation."""

from runtime.settings import read_settings
from streams.conversations.decider import ConversationsDecider
from streams.harness.run import StreamSettings, run


def main() -> None:
    """Runs until SIGTERM."""
    decider = ConversationsDecider()
    run(decider, read_settings(StreamSettings), decider.writes)


if __name__ == "__main__":
    main()
