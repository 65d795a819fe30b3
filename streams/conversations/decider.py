"""Conversations as the harness sees them: sessions are the entities, and what is beside them."""

from collections.abc import Mapping

import msgspec

from schemas.conversation import ConversationCommand, decode_command
from schemas.keys import is_key, is_rating
from schemas.topics import (
    BOT_QUESTIONS,
    CONVERSATION_COMMANDS,
    CONVERSATION_EVENTS,
    CONVERSATIONS_APP,
    ROUTING_ANSWERS,
    ROUTING_COMMANDS,
)
from streams.conversations.keys import Key
from streams.conversations.ratings import Rating
from streams.conversations.rules import ConversationRules, State
from streams.conversations.state import Conversation
from streams.harness.decider import Life, Rules


class ConversationsDecider:
    """Decides conversation.commands."""

    app = CONVERSATIONS_APP
    source = CONVERSATION_COMMANDS
    writes = (CONVERSATION_EVENTS, ROUTING_COMMANDS, CONVERSATION_COMMANDS, ROUTING_ANSWERS, BOT_QUESTIONS)
    rules: Mapping[int, Rules[State, ConversationCommand]] = {1: ConversationRules()}
    decode = staticmethod(decode_command)
    pack = staticmethod(msgspec.msgpack.Encoder().encode)
    unpack = staticmethod(msgspec.msgpack.Decoder(State).decode)

    def new(self, entity: str, partition: int, life: Life) -> State:
        """An entity that is not, or no more."""
        if is_key(entity):
            return Key(name=entity, partition=partition, gone=life is Life.GONE)
        if is_rating(entity):
            return Rating(name=entity, partition=partition, gone=life is Life.GONE)
        return Conversation(session_id=entity, partition=partition, gone=life is Life.GONE)
