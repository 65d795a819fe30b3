"""POST /ivr/twiml, /ivr/twiml/dialed and /ivr/twiml/status: a telephone system's webhooks."""

from abc import abstractmethod
from http import HTTPStatus
from secrets import token_hex
from typing import NamedTuple
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope

from gateway import ivr
from gateway.answers import Answer, Refused
from gateway.bodies import read_body
from gateway.consultations import parse_query
from gateway.endpoint import Endpoint
from gateway.idempotency import key_for
from gateway.problems import Kind
from gateway.state import Gateway
from gateway.twiml import verbs
from gateway.twiml.signature import HEADER, is_genuine
from schemas.api_ivr import IvrProcess, IvrStep
from schemas.topics import CONVERSATION_COMMANDS

FORM = b"application/x-www-form-urlencoded"
OVER = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
REACHED = frozenset({"completed", "answered"})
MISSED = frozenset({"busy", "no-answer", "failed"})
_XML = (b"content-type", b"text/xml; charset=utf-8")
_TOKEN = b"i-twilio-idempotency-token"
_MAX_FIELDS = 100


class Asked(NamedTuple):
    """A webhook: its parameters, those of the address, and the id of this very request."""

    call: dict[str, str]
    query: dict[str, str]
    request_id: str

    @property
    def call_sid(self) -> str:
        """The telephone system's id of the call. Raises Refused (422)."""
        sid = self.call.get("CallSid", "")
        if not 1 <= len(sid) <= 64:
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "Say which call - at `$.CallSid`")
        return sid


class TwimlPost(Endpoint):
    """A webhook, signed where AICC_TWIML_AUTH_TOKEN is set; only in the profile local it need not be."""

    async def _answer(self, gateway: Gateway, scope: Scope, receive: Receive) -> Answer:
        if not gateway.settings.twiml_auth_token and gateway.settings.profile != "local":
            raise Refused(HTTPStatus.NOT_FOUND, "Webhooks of telephone systems need AICC_TWIML_AUTH_TOKEN")
        asked = await _read(gateway, scope, receive)
        return Answer(200, await self._said(gateway, asked), (_XML,))

    @abstractmethod
    async def _said(self, gateway: Gateway, asked: Asked) -> bytes:
        """The document that answers it. Raises Refused."""


class Step(TwimlPost):
    """The call begins or goes on."""

    async def _said(self, gateway: Gateway, asked: Asked) -> bytes:
        session_id, speech = asked.query.get("session_id", ""), _speech(gateway)
        texts = gateway.switchboard.texts
        if texts and not session_id:
            text = texts.get(speech.language.partition("-")[0].lower()) or texts["en"]
            return verbs.maintenance(text, speech)
        try:
            step = await _go_on(gateway, session_id, asked) if session_id else await _begin(gateway, asked)
        except Refused as refused:
            if refused.answer.status != HTTPStatus.SERVICE_UNAVAILABLE:
                raise
            # A caller hears nothing of a 503: the same is asked again, with the input that is not heard yet.
            return verbs.try_again(speech, _same(speech, session_id, asked))
        return _as_verbs(gateway, step, speech)


class Dialed(TwimlPost):
    """The agent's telephone has rung: the call is over, or waits again where it was busy or not answered."""

    async def _said(self, gateway: Gateway, asked: Asked) -> bytes:
        session_id, agent_id = asked.query.get("session_id", ""), asked.query.get("agent_id", "")
        # Its caller may have gone while it rang; one that comes again has its outcome in the address.
        outcome = asked.call.get("DialCallStatus", asked.query.get("DialCallStatus", ""))
        if agent_id and outcome in MISSED and asked.call.get("CallStatus") not in OVER:
            return await self._missed(gateway, session_id, agent_id, outcome)
        await ivr.step(gateway, IvrProcess(session_id=session_id, event="hangup"))
        return verbs.hang_up(_speech(gateway), reached=outcome in REACHED)

    async def _missed(self, gateway: Gateway, session_id: str, agent_id: str, outcome: str) -> bytes:
        speech = _speech(gateway)
        try:
            step = await ivr.step(
                gateway, IvrProcess(session_id=session_id, event="unreached", agent_id=agent_id)
            )
        except Refused as refused:
            if refused.answer.status != HTTPStatus.SERVICE_UNAVAILABLE:
                raise
            again = speech.url(verbs.DIALED, session_id, agent_id=agent_id, DialCallStatus=outcome)
            return verbs.try_again(speech, again)
        return _as_verbs(gateway, step, speech)


class Status(TwimlPost):
    """The telephone system's word that the call has ended; of what came before nothing is to be done."""

    async def _said(self, gateway: Gateway, asked: Asked) -> bytes:
        if asked.call.get("CallStatus", "") in OVER:
            session_id = asked.query.get("session_id") or (await _begin(gateway, asked)).session_id
            await ivr.step(gateway, IvrProcess(session_id=session_id, event="hangup"))
        return verbs.nothing()


def _as_verbs(gateway: Gateway, step: IvrStep, speech: verbs.Speech) -> bytes:
    """What the call is to do next, in its own language where it has one."""
    agent = gateway.directory.agent(step.agent_id) if step.agent_id else None
    speech = speech._replace(language=step.language or speech.language)
    return verbs.step(step, speech, agent.address if agent else "")


async def _begin(gateway: Gateway, asked: Asked) -> IvrStep:
    """The call's id is the key of its beginning: said again, as by a status callback, it is the same one."""
    partitions = gateway.outbox.partitions.get(CONVERSATION_COMMANDS.name, 0)
    if not partitions:
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "The platform can't be reached", kind=Kind.UNAVAILABLE)
    sid = asked.call_sid
    key = key_for("twiml", sid, verbs.STEP, IvrProcess(call_id=sid), partitions, gateway.passes.secret)
    caller = asked.call.get("From", "")[:40]
    return await ivr.step(gateway.under(key), IvrProcess(call_id=sid, phone=caller))


async def _go_on(gateway: Gateway, session_id: str, asked: Asked) -> IvrStep:
    """What was pressed, said or recorded; "" is silence; a question how it stands where nothing was asked."""
    said = {**asked.query, **asked.call}
    heard = next((said[name] for name in ("Digits", "SpeechResult", "RecordingUrl") if said.get(name)), "")
    body = IvrProcess(session_id=session_id, message_id=asked.query.get("again", asked.request_id))
    if "asked" in asked.query:
        body = IvrProcess(session_id=session_id, message_id=body.message_id, input=heard[:4_000])
    return await ivr.step(gateway, body)


def _same(speech: verbs.Speech, session_id: str, asked: Asked) -> str:
    if not session_id:
        return speech.base + verbs.STEP
    kept = ("Digits", "SpeechResult", "RecordingUrl")
    said = {name: asked.call[name][:500] for name in kept if asked.call.get(name)}
    again = {"again": asked.query.get("again", asked.request_id)}
    known = {name: value for name, value in asked.query.items() if name != "session_id"}
    return speech.url(verbs.STEP, session_id, **{**known, **said, **again})


def _speech(gateway: Gateway) -> verbs.Speech:
    settings = gateway.settings
    return verbs.Speech(settings.twiml_language, settings.twiml_every_s, settings.public_url.rstrip("/"))


async def _read(gateway: Gateway, scope: Scope, receive: Receive) -> Asked:
    """Raises Refused (400, 403, 413, 415) and ClientGone."""
    headers = dict(scope["headers"])
    if headers.get(b"content-type", b"").partition(b";")[0].strip().lower() != FORM:
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "A webhook is a form")
    limit = gateway.settings.body_limit_bytes
    raw = await read_body(receive, headers.get(b"content-length", b""), limit)
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError as error:
        raise Refused(HTTPStatus.BAD_REQUEST, f"The form can't be read: {error}") from error
    token = gateway.settings.twiml_auth_token
    found = headers.get(HEADER, b"").decode("latin-1")
    if token and not is_genuine(token, _url(gateway, scope, headers), pairs, found):
        raise Refused(HTTPStatus.FORBIDDEN, "The signature is not the telephone system's")
    if any("\0" in name + value for name, value in pairs):
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "NUL characters are not allowed")
    request_id = headers.get(_TOKEN, b"").decode("latin-1")[:128] or token_hex(16)
    return Asked(dict(pairs), parse_query(scope["query_string"]), request_id)


def _url(gateway: Gateway, scope: Scope, headers: dict[bytes, bytes]) -> str:
    """The address as the telephone system has it: behind a proxy, AICC_PUBLIC_URL."""
    host = headers.get(b"host", b"").decode("latin-1")
    base = gateway.settings.public_url.rstrip("/") or f"{scope['scheme']}://{host}"
    query = scope["query_string"].decode("latin-1")
    return f"{base}{scope['path']}{'?' if query else ''}{query}"
