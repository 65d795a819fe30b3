"""What refusals mean, for who has to decide of a letter: pure."""

_KINDS = (
    ("undecodable", "No reader can decode it: it was cut off, or written by something that is not ours."),
    ("no key", "A command names its entity by its key, and this one has none."),
    ("poison", "The processor's decision failed: a bug in it, or an output that was too large."),
    ("malformed", "It is not JSON."),
    ("truncated", "Its JSON ends too early."),
    ("JSON", "It is not JSON."),
    ("tag", "Its type is none that its readers know: a newer release may."),
    ("Invalid value", "Its type is none that its readers know: a newer release may."),
    ("Expected", "A field has another type or range than schemas/ says."),
    ("missing required field", "A field is missing that schemas/ asks for."),
    ("session id", "It names no session, so it has no place in the tables."),
    ("0x00", "Postgres can't hold a text with a NUL character."),
    ("range", "A number or time is larger than its column holds."),
    ("violates", "A rule of the database refuses the row."),
    ("partition of relation", "The database has no partition for its time."),
)


def meaning(reason: str) -> str:
    """What a refusal means, in a sentence."""
    return next((text for word, text in _KINDS if word.lower() in reason.lower()), "")
