"""Whether a partition's log is the one that its watermark was made of, and reaches far enough back."""

from streams.harness.snapshots import Watermark


class Discontinuity(Exception):
    """The log and the state don't belong together; the text names the cure."""


def check(mark: Watermark, where: str, topic_id: str, begin: int, end: int) -> None:
    """Raises Discontinuity unless the watermark lies within the log [begin, end] of the same topic."""
    if mark.topic_id != topic_id:
        raise Discontinuity(
            f"{where} was created anew (its id is {topic_id}, the state was made from {mark.topic_id}); its "
            "offsets begin again, so the state would swallow its commands. Restore the topic, or start over: "
            "delete the app's changelog topic and local store, and those of the apps that read its outputs."
        )
    if mark.next_offset < begin:
        raise Discontinuity(
            f"{where} begins at {begin}, but records from {mark.next_offset} on are not decided: "
            f"{begin - mark.next_offset} were deleted. They are lost: to go on without them, delete the "
            "app's changelog topic and local store; and raise the topic's retention.ms."
        )
    if mark.next_offset > end:
        raise Discontinuity(
            f"{where} ends at {end}, but the state covers records up to {mark.next_offset}: the log was cut "
            "(an unclean leader election, or a restored disk). Restore the log, or start over: delete the "
            "app's changelog topic and local store."
        )
