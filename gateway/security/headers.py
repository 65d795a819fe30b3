"""What browsers are told of every answer, and of what the API says."""

_TOLD = [
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
]
_TLS = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")

DATA = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""Of answers that are data, no page: nothing in them is run, and nobody keeps them."""


def every_answers(profile: str) -> list[tuple[str, str]]:
    """Of all answers, pages and refused sockets too. Only the local profile is used without TLS."""
    return _TOLD if profile == "local" else [*_TOLD, _TLS]
