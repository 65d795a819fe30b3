"""Attachments as a message names them: by ids, of images that were taken in for the same session."""

from collections.abc import Sequence

from gateway.answers import bad_field, busy
from gateway.state import Gateway
from runtime.objects import Unavailable
from schemas.attachments import Attachment, attachment, object_key


async def attached(gateway: Gateway, session_id: str, ids: Sequence[str]) -> tuple[Attachment, ...]:
    """Each once, in their order. Raises Refused (422 for one that is not the session's, 503)."""
    found = []
    for identity in dict.fromkeys(ids):
        try:
            size = await gateway.objects.size(object_key(session_id, identity))
        except ValueError:
            size = None
        except Unavailable as error:
            raise busy("Images can't be read now") from error
        if size is None:
            raise bad_field("There is no such attachment", "attachment_ids")
        found.append(attachment(identity, size))
    return tuple(found)
