"""What customers ask, and what is read of their conversations."""

from dataclasses import replace
from typing import Annotated

from msgspec import Meta

from gateway.contract.parameters import LIMIT, OF_SESSIONS, READS, SESSION
from gateway.contract.route import OF_BODIES, TEXT, XML, Parameter, Route, Who, get, post
from gateway.problems import Kind
from schemas import api
from schemas.api_callback import CallbackAsk, CallbackTaken
from schemas.api_ivr import IvrProcess, IvrStep
from schemas.attachments import Attachment

_CUSTOMERS = (
    post("/chat/start", "Begins a conversation", Who.CUSTOMER, api.ChatStart, api.ChatStarted),
    post(
        "/chat/message",
        "The customer writes",
        Who.CUSTOMER,
        api.ChatMessage,
        api.MessageAccepted,
        *OF_SESSIONS,
        Kind.IN_IVR,
    ),
    post(
        "/chat/end",
        "The customer ends the conversation",
        Who.CUSTOMER,
        api.ChatEnd,
        api.MessageAccepted,
        *OF_SESSIONS,
    ),
    post(
        "/chat/rating",
        "The customer rates a conversation that is over",
        Who.CUSTOMER,
        api.ChatRating,
        api.Rated,
        *OF_SESSIONS,
        Kind.OPEN,
        Kind.RATED,
    ),
    post(
        "/ivr/process",
        "A call begins or goes on: what the caller pressed or said",
        Who.CUSTOMER,
        IvrProcess,
        IvrStep,
        *OF_SESSIONS,
        Kind.NOT_A_CALL,
    ),
    post(
        "/callback",
        "The customer is called or written back instead of waiting, or leaves a message",
        Who.CUSTOMER,
        CallbackAsk,
        CallbackTaken,
        *OF_SESSIONS,
        Kind.ALREADY_ASSIGNED,
    ),
    post(
        "/agent/connect",
        "The customer asks for a person, and waits a while for one to accept",
        Who.CUSTOMER,
        api.AgentConnect,
        api.Connected,
        *OF_SESSIONS,
        Kind.ALREADY_CONNECTING,
        Kind.ALREADY_ASSIGNED,
    ),
)

_READERS = (
    Route(
        method="POST",
        path="/chat/attachment",
        summary="Takes in an image, for a message to name: PNG, JPEG, GIF or WebP, as its bytes say",
        who=Who.READER,
        uploads="image/*",
        answer=Attachment,
        parameters=(replace(SESSION, where="query"),),
        problems=(
            *OF_SESSIONS,
            Kind.TOO_LARGE,
            Kind.UNSUPPORTED_MEDIA_TYPE,
            Kind.INVALID,
        ),
    ),
    get(
        "/chat/{session_id}/attachment/{attachment_id}",
        "An image of the conversation",
        Who.READER,
        "image/*",
        *READS,
        parameters=(
            SESSION,
            Parameter(name="attachment_id", where="path", required=True, says="As the message names it."),
        ),
    ),
    get(
        "/chat/{session_id}",
        "Where the conversation stands",
        Who.READER,
        api.ChatStatus,
        *READS,
        parameters=(SESSION,),
    ),
    get(
        "/chat/{session_id}/messages",
        "The transcript after an entry, waited for where there is nothing yet",
        Who.READER,
        api.ChatMessages,
        *READS,
        parameters=(
            SESSION,
            Parameter(name="after", type=Annotated[int, Meta(ge=0, lt=10**15)], says="The last `seq` known."),
            Parameter(name="wait_s", type=Annotated[int, Meta(ge=0, le=30)], says="How long to wait."),
            LIMIT,
        ),
    ),
    Route(
        method="GET",
        path="/chat/{session_id}/transcript",
        summary="The whole transcript as a file",
        who=Who.READER,
        answer=api.ChatTranscript,
        or_as=TEXT,
        parameters=(SESSION, Parameter(name="format", says="`text`, or `json`.")),
        problems=READS,
    ),
)

_WEBHOOKS = tuple(
    Route(
        method="POST",
        path=path,
        summary=summary,
        who=Who.ANYONE,
        answer=XML,
        problems=(*OF_BODIES, Kind.FORBIDDEN, Kind.NOT_FOUND, Kind.UNKNOWN_SESSION),
    )
    for path, summary in (
        ("/ivr/twiml", "A telephone system that speaks TwiML: what its call is to do next (a signed form)"),
        ("/ivr/twiml/dialed", "What became of the agent's telephone (a signed form)"),
        ("/ivr/twiml/status", "What became of the call (a signed form)"),
    )
)

ROUTES: tuple[Route, ...] = (*_CUSTOMERS, *_WEBHOOKS, *_READERS)
