"""The settings of aicc-responder."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta

from workers.responder.intents import BUILT_IN
from workers.settings import WorkerSettings

_Url = Annotated[str, Meta(pattern="^(https?://.+)?$", description="of the form https://host/v1")]


class ResponderSettings(WorkerSettings, frozen=True, kw_only=True):
    """`bot_intents`: the YAML of intents. `bot_in_flight`: questions at a time.

    With `bot_model_url` (as of OpenAI: what `/chat/completions` is appended to) and `bot_model`, questions
    go to that model first, for `bot_model_s` at the most and until a conversation has used
    `bot_model_tokens`; `bot_model_key` is sent as its bearer token.
    """

    bot_intents: Path = BUILT_IN
    bot_in_flight: int = 200
    bot_model_url: _Url = ""
    bot_model: str = ""
    bot_model_key: str = ""
    bot_model_s: float = 4.0
    bot_model_tokens: int = 20_000
    bot_model_reply_tokens: int = 300
    fetch_wait_ms: int = 20
    dead_letter_limit: int = 1_000
