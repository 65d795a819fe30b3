"""A supervisor watches a pool through every process, comes again, and listens in."""

from typing import Any

from tests.end_to_end.clients import Agent, Frame, Socket, begin, post
from tests.platform import Platform

POOL = "pool-beta"
AGENT = "beta-9"


class Watcher(Socket):
    """A supervisor's socket on one pool."""

    def __init__(self, platform: Platform, **query: Any) -> None:
        said = "&".join(f"{name}={value}" for name, value in query.items())
        super().__init__(f"{platform.base_url.replace('http', 'ws')}/ws/supervisor?pool={POOL}&{said}")

    def event(self, name: str, **wanted: object) -> Frame:
        """The first event of that name with these fields."""

        def is_it(frame: Frame) -> bool:
            data = frame.get("data", {})
            return data.get("event") == name and all(data.get(key) == value for key, value in wanted.items())

        return self.hear(is_it)

    def whole(self) -> Frame:
        """The pool as it was shown."""
        found: Frame = self.hear(lambda frame: frame.get("data", {}).get("type") == "pool.state")["data"]
        return found

    def numbers(self) -> list[int]:
        """Of all that was heard of the pool."""
        return self.seqs("pool")


def test_a_supervisor_sees_a_contact_come_and_go_and_listens_to_it(platform: Platform) -> None:
    with Watcher(platform, supervisor="sue") as first:
        first.whole()
        session = begin(platform, "watched", "hello")
        contact = f"{session}.1"
        assert post(platform, "/agent/connect", session_id=session, queue="beta").status == 200
        first.event("enqueued", contact_id=contact)
    last = first.numbers()[-1]
    with Agent(platform, AGENT) as agent, Watcher(platform, supervisor="sue", last_seq=last) as again:
        agent.accept(session)
        again.event("offered", contact_id=contact, agent_id=AGENT)
        again.event("assigned", contact_id=contact, agent_id=AGENT)
        said: dict[str, Any] = {"contact_id": contact, "pool": POOL, "supervisor": "sue"}
        assert post(platform, "/supervisor/listen", **said).status == 200
        again.say(type="listen", session_id=session)
        again.transcript(text="hello")
        with Watcher(platform, supervisor="tom") as other:
            shown = {one["contact_id"]: one for one in other.whole()["contacts"]}
            assert (shown[contact]["agent_id"], shown[contact]["listeners"]) == (AGENT, ["sue"])
            other.say(type="listen", session_id=session)
            refused = other.hear(lambda frame: frame.get("type") == "listen.ended")
            assert refused["reason"] == "not_permitted"
        agent.say(type="complete", contact_id=contact)
        again.event("completed", contact_id=contact)
        assert again.hear(lambda frame: frame.get("type") == "listen.ended")["session_id"] == session
    numbers = [*first.numbers(), *again.numbers()]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
