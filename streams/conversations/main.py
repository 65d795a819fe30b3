"""aicc-conversations: keeps every conversation."""

from runtime.command import service_settings
from streams.conversations.decider import ConversationsDecider
from streams.harness.run import StreamSettings, run


def main() -> None:
    """Runs until SIGTERM."""
    decider = ConversationsDecider()
    run(decider, service_settings(StreamSettings, "Keeps every conversation."), decider.writes)


if __name__ == "__main__":
    main()
