"""Conversations as the harness sees them: sessions are the entities."""

from collections.abc import Mapping

import msgspec

from schemas.conversation import ConversationCommand, decode_command
from schemas.topics import CONVERSATION_COMMANDS, CONVERSATION_EVENTS, CONVERSATIONS_APP, ROUTING_COMMANDS
from streams.conversations.rules import ConversationRules
from streams.conversations.state import Conversation
from streams.harness.decider import Life, Rules


class ConversationsDecider:
    """Decides conversation.commands."""

    app = CONVERSATIONS_APP
    source = CONVERSATION_COMMANDS
    writes = (CONVERSATION_EVENTS, ROUTING_COMMANDS)
    rules: Mapping[int, Rules[Conversation, ConversationCommand]] = {1: ConversationRules()}
    decode = staticmethod(decode_command)
    pack = staticmethod(msgspec.msgpack.Encoder().encode)
    unpack = staticmethod(msgspec.msgpack.Decoder(Conversation).decode)

    def new(self, entity: str, partition: int, life: Life) -> Conversation:
        """A session that is not, or no more."""
        return Conversation(session_id=entity, partition=partition, gone=life is Life.GONE)
