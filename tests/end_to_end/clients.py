"""Plain clients of the platform: HTTP calls, a customer's socket and an agent's."""

import http.client
import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple, Self
from urllib.parse import urlencode

from websockets.sync.client import connect

from gateway.security.tokens import agent_claims, sign
from tests.platform import Platform, configuration

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
SOON_S = 20.0
Frame = dict[str, Any]


class Reply(NamedTuple):
    """An HTTP answer, its body read as JSON."""

    status: int
    media_type: str
    body: Any


def call(
    platform: Platform,
    method: str,
    path: str,
    body: bytes | None = None,
    media_type: str = JSON,
    token: str = "",
) -> Reply:
    """One request on a connection of its own; an agent's with its token."""
    connection = http.client.HTTPConnection("127.0.0.1", platform.port, timeout=SOON_S)
    try:
        headers = {"content-type": media_type} if body is not None and media_type else {}
        headers |= {"authorization": f"Bearer {token}"} if token else {}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        read = answer.read()
        kind = answer.getheader("content-type", "")
        return Reply(answer.status, kind, json.loads(read) if "json" in kind else read)
    finally:
        connection.close()


def post(platform: Platform, path: str, *, form: bool = False, **fields: object) -> Reply:
    """The fields as JSON, or as a form."""
    body = urlencode(fields) if form else json.dumps(fields)
    return call(platform, "POST", path, body.encode(), FORM if form else JSON)


def token_of(platform: Platform, agent_id: str) -> str:
    """A token of a configured agent."""
    pool = next(p for p in configuration().pools if agent_id in {agent.id for agent in p.agents})
    return sign(agent_claims(agent_id, pool, int(time.time()), 1.0), platform.secret)


def post_as(platform: Platform, agent_id: str, path: str, **fields: object) -> Reply:
    """A call of the agent."""
    token = token_of(platform, agent_id)
    return call(platform, "POST", path, json.dumps(fields).encode(), token=token)


def begin(platform: Platform, customer: str, message: str = "hello") -> str:
    """A new session's id."""
    answer = post(platform, "/chat/start", customer_id=customer, message=message)
    assert answer.status == 200, answer
    return str(answer.body["session_id"])


def history(platform: Platform, session: str) -> Frame | None:
    """The consultation with its transcript, once it is stored and can be read: 503 is a platform that has
    too much to do now."""
    answer = call(platform, "GET", f"/consultation/history?session_id={session}&include=messages")
    assert answer.status in (200, 503), answer
    found: list[Frame] = answer.body["items"] if answer.status == 200 else []
    return found[0] if found else None


class Socket:
    """A WebSocket that remembers every frame."""

    def __init__(self, address: str) -> None:
        self._connect = connect(address)
        self.frames: list[Frame] = []

    def __enter__(self) -> Self:
        self._socket = self._connect.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def say(self, **frame: object) -> None:
        """Sends a frame."""
        self._socket.send(json.dumps(frame))

    def hear(self, wanted: Callable[[Frame], bool]) -> Frame:
        """The first frame, of those read now or before, that is wanted."""
        deadline = time.monotonic() + SOON_S
        for known in filter(wanted, self.frames):
            return known
        while True:
            frame: Frame = json.loads(self._socket.recv(timeout=deadline - time.monotonic()))
            self.frames.append(frame)
            if wanted(frame):
                return frame

    def seqs(self, feed: str = "session", session: str = "") -> list[int]:
        """The numbers of a feed's frames, in the order of their coming."""
        mine = [one for one in self.frames if one.get("feed") == feed]
        return [one["seq"] for one in mine if not session or one.get("session_id") == session]

    def transcript(self, **wanted: object) -> Frame:
        """The first entry of a transcript with these fields."""
        return self.hear(lambda frame: frame.get("feed") == "session" and _has(frame["data"], wanted))


class Customer(Socket):
    """The customer of a session."""

    def __init__(self, platform: Platform, session: str, last_seq: int = 0) -> None:
        base = platform.base_url.replace("http", "ws")
        super().__init__(f"{base}/ws/customer?session_id={session}&last_seq={last_seq}")


class Agent(Socket):
    """A configured agent; contacts of other sessions than those asked for are left alone."""

    def __init__(self, platform: Platform, agent_id: str, last_seq: int | None = None) -> None:
        base = platform.base_url.replace("http", "ws")
        place = "" if last_seq is None else f"&last_seq={last_seq}"
        super().__init__(f"{base}/ws/agent?token={token_of(platform, agent_id)}{place}")
        self.agent_id = agent_id

    def entry(self, kind: str, **wanted: object) -> Frame:
        """The first entry of that kind with these fields in the agent's feed: its data."""

        def is_it(frame: Frame) -> bool:
            if frame.get("feed") != "agent" or frame["data"]["type"] != kind:
                return False
            return _has(frame["data"], wanted)

        found: Frame = self.hear(is_it)["data"]
        return found

    def accept(self, session: str) -> str:
        """Takes the offer of the session's contact; returns the contact's id."""
        offer = self.entry("offer.made", session_id=session)
        self.say(type="accept", contact_id=offer["contact_id"], offer_epoch=offer["offer_epoch"])
        self.entry("assignment.made", session_id=session)
        return str(offer["contact_id"])


def _has(data: Frame, wanted: dict[str, object]) -> bool:
    return all(data.get(name) == value for name, value in wanted.items())
