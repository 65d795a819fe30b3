"""A stand-in for the platform, in memory and in one process: the API and the frames, nothing behind them.

AICC_STAND_IN may name one fault: gap, repeat, capacity, two_agents (in agents' feeds), lost, doubled (in
history); or `cut`: sockets are cut again and again, and all is well nevertheless.
"""

import os
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from schemas.ids import contact_id, session_id, session_of

_KEY = Ed25519PrivateKey.from_private_bytes(b"the stand-in, 32 bytes of a key.")
SECRET = _KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
FAULT = os.environ.get("AICC_STAND_IN", "")
CAPACITY = 3


@dataclass
class Session:
    id: str
    messages: list[dict[str, Any]] = field(default_factory=list)
    status: str = "open"
    agent: str = ""
    epoch: int = 0
    asked: bool = False
    listening: "list[Ear]" = field(default_factory=list)


@dataclass
class Ear:
    """A customer's socket and the last number sent to it."""

    socket: WebSocket
    last: int


@dataclass
class Agent:
    id: str
    feed: list[dict[str, Any]] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    socket: WebSocket | None = None
    last: int = 0
    seen: dict[str, int] = field(default_factory=dict)
    resumed: bool = True


sessions: dict[str, Session] = {}
agents: dict[str, Agent] = {}
waiting: deque[str] = deque()


def reply(body: object, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


async def found(request: Request) -> tuple[dict[str, Any], Session | None]:
    raw = await request.body()
    body = orjson.loads(raw) if raw.startswith(b"{") else dict(parse_qsl(raw.decode()))
    return body, sessions.get(body["session_id"])


async def start(request: Request) -> Response:
    session = Session(session_id(0, time.time_ns() // 1_000_000, len(sessions)))
    sessions[session.id] = session
    await add(session, "customer", "Hello", "first")
    return reply({"session_id": session.id, "status": "bot"})


async def message(request: Request) -> Response:
    body, session = await found(request)
    if not session or session.status != "open":
        return reply({"title": "gone", "status": 409}, 409 if session else 404)
    seq = await add(session, "customer", body["message"], body["message_id"])
    return reply({"session_id": session.id, "message_id": body["message_id"], "seq": seq})


async def connect(request: Request) -> Response:
    _, session = await found(request)
    if not session or session.status != "open" or session.asked:
        return reply({"title": "conflict", "status": 409}, 409 if session else 404)
    session.asked = True
    waiting.append(session.id)
    await match()
    return reply({"session_id": session.id, "status": "queued", "position": len(waiting)})


async def end(request: Request) -> Response:
    _, session = await found(request)
    if not session or session.status != "open":
        return reply({"title": "gone", "status": 409}, 409 if session else 404)
    session.status = "abandoned"
    if session.agent:
        session.status = "completed"
        await tell(agents[session.agent], "assignment.ended", contact_id=f"{session.id}.1", reason="wrapping")
    return reply({"session_id": session.id, "message_id": "", "seq": None})


async def history(request: Request) -> Response:
    session = sessions.get(request.query_params["session_id"])
    items = []
    if session and FAULT != "lost":
        messages = [*session.messages, *(session.messages[:1] if FAULT == "doubled" else [])]
        items = [{"session_id": session.id, "status": session.status, "messages": messages}]
    return reply({"items": items, "next_cursor": None})


async def add(session: Session, role: str, text: str, message_id: str) -> int:
    for known in session.messages:
        if known["message_id"] == message_id:
            return int(known["seq"])
    seq = len(session.messages) + 1
    entry = {"type": "message.added", "session_id": session.id, "seq": seq, "message_id": message_id}
    session.messages.append({**entry, "role": role, "text": text})
    if session.agent:
        await level_session(agents[session.agent], session)
    for ear in session.listening:
        await level_customer(ear, session)
    return seq


async def level_session(agent: Agent, session: Session) -> None:
    while agent.socket and agent.resumed and (seen := agent.seen.get(session.id, 0)) < len(session.messages):
        agent.seen[session.id] = seen + 1
        await send(agent.socket, session_frame(session, seen + 1))


async def level_customer(ear: Ear, session: Session) -> None:
    while ear.last < len(session.messages):
        ear.last += 1
        await send(ear.socket, session_frame(session, ear.last))


def session_frame(session: Session, seq: int) -> dict[str, Any]:
    return {"feed": "session", "session_id": session.id, "seq": seq, "data": session.messages[seq - 1]}


async def send(socket: WebSocket, frame: object) -> None:
    with suppress(WebSocketDisconnect, RuntimeError):
        await socket.send_text(orjson.dumps(frame).decode())


async def tell(agent: Agent, kind: str, **fields: object) -> None:
    seq = len(agent.feed) + 1
    agent.feed.append({"type": kind, "agent_id": agent.id, "seq": seq, **fields})
    if FAULT == "cut" and seq % 5 == 0 and agent.socket:
        cut, agent.socket = agent.socket, None
        await cut.close()
    await level_feed(agent)


async def level_feed(agent: Agent) -> None:
    while agent.socket and agent.last < len(agent.feed):
        entry = agent.feed[agent.last]
        agent.last += 1
        times = {"gap": 0, "repeat": 2}.get(FAULT, 1) if agent.last == 5 else 1
        for _ in range(times):
            await send(agent.socket, {"feed": "agent", "seq": agent.last, "data": entry})


async def offer(agent: Agent, session: Session) -> None:
    contact = contact_id(session.id, 1)
    session.epoch += 1
    agent.held[contact] = "reserved"
    about = {"contact_id": contact, "session_id": session.id, "customer_id": "c", "queue": "support"}
    await tell(agent, "offer.made", **about, offer_epoch=session.epoch, timeout_s=20.0)


async def match() -> None:
    most = CAPACITY + (FAULT == "capacity")
    for agent in agents.values():
        while waiting and agent.socket and len(agent.held) < most:
            session = sessions[waiting.popleft()]
            if session.status != "open":
                continue
            await offer(agent, session)
            if FAULT == "two_agents":
                session.epoch -= 1
                await offer(next(one for one in agents.values() if one is not agent), session)


async def agent_socket(socket: WebSocket) -> None:
    claims = jwt.decode(socket.query_params["token"], _KEY.public_key(), ["EdDSA"], audience="aicc")
    await socket.accept()
    agent = agents.setdefault(claims["sub"], Agent(claims["sub"]))
    agent.socket = socket
    again = socket.query_params.get("last_seq")
    agent.last = int(again) if again else len(agent.feed)
    agent.resumed = not again
    await level_feed(agent)
    await tell_state(agent)
    try:
        while agent.socket is socket:
            await from_agent(agent, orjson.loads(await socket.receive_text()))
    except WebSocketDisconnect:
        if agent.socket is socket:
            agent.socket = None


async def tell_state(agent: Agent) -> None:
    contacts = [held(*one) for one in agent.held.items()]
    await tell(agent, "agent.state", presence="routable", contacts=contacts)
    await match()


async def from_agent(agent: Agent, frame: dict[str, Any]) -> None:
    kind = frame["type"]
    if kind == "resume":
        agent.seen, agent.resumed = frame["sessions"], True
        for contact, state in list(agent.held.items()):
            if state == "assigned":
                await level_session(agent, sessions[session_of(contact)])
    elif kind == "presence":
        await tell_state(agent)
    elif kind == "message":
        await add(sessions[frame["session_id"]], "agent", frame["message"], frame["message_id"])
    elif frame["contact_id"] not in agent.held:
        await tell(agent, "command.refused", request_id=frame["request_id"], reason="stale")
    elif kind == "accept":
        await accepted(agent, sessions[session_of(frame["contact_id"])], frame)
    elif kind == "complete":
        await completed(agent, sessions[session_of(frame["contact_id"])], frame["contact_id"])


def held(contact: str, state: str) -> dict[str, object]:
    session = sessions[session_of(contact)]
    about = {"contact_id": contact, "session_id": session.id, "customer_id": "c", "queue": "support"}
    return {**about, "state": state, "offer_epoch": session.epoch}


async def accepted(agent: Agent, session: Session, frame: dict[str, Any]) -> None:
    if session.status != "open":
        del agent.held[frame["contact_id"]]
        await tell(agent, "offer.ended", contact_id=frame["contact_id"], reason="rescinded")
        return
    session.agent = agent.id
    agent.held[frame["contact_id"]] = "assigned"
    about = held(frame["contact_id"], "")
    del about["state"]
    await tell(agent, "assignment.made", **about)
    await level_session(agent, session)


async def completed(agent: Agent, session: Session, contact: str) -> None:
    session.status = "completed"
    del agent.held[contact]
    await tell(agent, "assignment.ended", contact_id=contact, reason="completed")
    await match()


async def customer_socket(socket: WebSocket) -> None:
    await socket.accept()
    session = sessions[socket.query_params["session_id"]]
    ear = Ear(socket, int(socket.query_params["last_seq"]))
    session.listening.append(ear)
    await level_customer(ear, session)
    try:
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        session.listening.remove(ear)


app = Starlette(
    routes=[
        Route("/chat/start", start, methods=["POST"]),
        Route("/chat/message", message, methods=["POST"]),
        Route("/chat/end", end, methods=["POST"]),
        Route("/agent/connect", connect, methods=["POST"]),
        Route("/consultation/history", history),
        WebSocketRoute("/ws/agent", agent_socket),
        WebSocketRoute("/ws/customer", customer_socket),
    ]
)
