"""What is personal is marked in the schemas, and left out where asked to."""

import importlib
import pkgutil
from collections.abc import Iterator

import msgspec
import pytest
from msgspec import inspect

import schemas
from schemas.conversation import ConsultationChanged, MessageAdded
from schemas.ids import session_id
from schemas.personal import REDACTED, is_personal, personal_fields, redacted
from schemas.states import Channel, ConsultationStatus, ConversationState, Role

NOT_PERSONAL = {
    "ids that say nothing of whose they are": (
        "attachment_ids contact_id continues customer id key linked_to message_id request_id session_id "
        "sessions socket"
    ),
    "names of staff": (
        "actor address agent_id agent_name author by chosen held instance left_out listeners preferred_agent "
        "roles supervisor to_agent"
    ),
    "what the configuration says": (
        "after attribute attributes before closed default_disposition description digit dispositions "
        "full hangup holidays hours intent language late moves name node number open otherwise "
        "overflow_to path pool prompt queue queues says shortcut silent skill skills start text then "
        "to_pool url value weekly words wrong zone"
    ),
    "words of ours": (
        "about detail disposition group groups kind media_type message outcome reason release reply_to route "
        "run runbook severity stage state status title token topic type what why_not"
    ),
}
"""By why; of names that stand for two things the marked one is in MARKED."""

MARKED = {
    "api.ChatMessage.message",
    "api_callback.CallbackAsk.message",
    "api_routing.SupervisorWhisper.message",
    "bot.BotAnswered.attributes",
    "bot.BotAsked.attributes",
    "bot.Line.text",
    "conversation.AddNote.text",
    "conversation.AddWhisper.text",
    "conversation.MessageAdded.text",
    "conversation.PostMessage.text",
    "api.ChatStart.message",
    "assignments.AssignmentMade.attributes",
    "assignments.HeldContact.attributes",
    "assignments.OfferMade.attributes",
    "audit_trail.Audited.detail",
    "conversation.AskCallback.message",
    "conversation.ConsultationChanged.attributes",
    "conversation.StartChat.message",
    "routing.RequestContact.attributes",
}


def is_text(found: inspect.Type) -> bool:
    match found:
        case inspect.StrType():
            return True
        case inspect.Metadata(type=inner):
            return is_text(inner)
        case inspect.UnionType(types=types):
            return any(map(is_text, types))
        case inspect.DictType(value_type=inner) | inspect.CollectionType(item_type=inner):
            return is_text(inner)
        case _:
            return False


def texts() -> Iterator[tuple[str, inspect.Field]]:
    """Every field that holds text, by module, struct and name."""
    for module in pkgutil.iter_modules(schemas.__path__):
        for name, kind in vars(importlib.import_module(f"schemas.{module.name}")).items():
            mine = getattr(kind, "__module__", "") == f"schemas.{module.name}"
            # A webhook's event is a union that is never read again.
            if mine and isinstance(kind, type) and issubclass(kind, msgspec.Struct) and name != "Event":
                info = inspect.type_info(kind)
                assert isinstance(info, inspect.StructType)
                yield from (
                    (f"{module.name}.{name}.{one.name}", one) for one in info.fields if is_text(one.type)
                )


def test_every_text_is_marked_or_is_known_not_to_be_personal() -> None:
    harmless = set(" ".join(NOT_PERSONAL.values()).split())
    unmarked = {name for name, found in texts() if not is_personal(found.type)}
    assert {name for name in unmarked if name.rsplit(".", 1)[1] not in harmless} == set()
    assert not MARKED & unmarked
    marked = {name for name, found in texts() if is_personal(found.type)}
    assert {name for name in marked if name.rsplit(".", 1)[1] in harmless} == MARKED


SESSION = session_id(0, 1_700_000_000_000, 1)
CHANGED = ConsultationChanged(
    session_id=SESSION,
    version=1,
    customer_id="kim",
    customer_name="김철수",
    phone="",
    channel=Channel.CHAT,
    state=ConversationState.CLOSED,
    status=ConsultationStatus.COMPLETED,
    started_at_ms=1,
    changed_at_ms=2,
    attributes={"number": "1234"},
)


def test_marked_fields_say_nothing_and_others_all() -> None:
    said = redacted(
        [
            CHANGED,
            {
                "one": MessageAdded(
                    session_id=SESSION, seq=1, message_id="m", role=Role.CUSTOMER, text="secret"
                )
            },
        ]
    )
    changed, message = said[0], said[1]["one"]
    assert (changed["type"], changed["session_id"], changed["status"]) == (
        "consultation.changed",
        SESSION,
        "completed",
    )
    assert (changed["customer_id"], changed["customer_name"], changed["phone"]) == (REDACTED, REDACTED, "")
    assert changed["attributes"] == {"number": REDACTED}
    assert (message["seq"], message["text"], message["type"]) == (1, REDACTED, "message.added")
    assert not [word for word in ("kim", "김철수", "1234", "secret") if word in str(said)]


@pytest.mark.parametrize("field", ["customer_id", "customer_name", "phone", "note", "attributes"])
def test_a_consultation_has_it_marked(field: str) -> None:
    assert field in personal_fields(ConsultationChanged)
