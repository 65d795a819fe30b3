"""In place of the conversations, in a process of its own: assigns whoever asks for an agent at once."""

import subprocess
import sys
from types import TracebackType
from typing import Self

import redis

from schemas.conversation import Asked, CommandAnswered
from schemas.states import Verdict
from tests.gateway.owner import Owner


def _assign(command: Asked) -> list[CommandAnswered]:
    return [
        CommandAnswered(
            session_id=command.session_id,
            request_id=command.request_id,
            reply_to=command.reply_to,
            verdict=Verdict.ACCEPTED,
            status="assigned",
            agent_id="agent-1",
            agent_name="Ada",
        )
    ]


class Answering:
    """Runs while the block does."""

    def __init__(self, bootstrap: str, redis_url: str) -> None:
        self._command = [sys.executable, "-m", "tests.bench.answering", bootstrap, redis_url]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        assert self._process.stdout.readline() == "following\n"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(20)


def main() -> None:
    """Answers until standard input ends."""
    bootstrap, redis_url = sys.argv[1:]
    with redis.Redis.from_url(redis_url) as feeds, Owner(bootstrap, feeds, _assign):
        print("following", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
