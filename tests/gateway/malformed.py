"""Requests that no client of good will sends, from a seeded generator."""

import random
from collections.abc import Callable, Iterable

from tests.gateway import not_http, unfit
from tests.gateway.case import Case

Make = Callable[[random.Random], Case]
MAKERS: tuple[Make, ...] = (
    not_http.binary,
    not_http.other_protocols,
    not_http.request_lines,
    not_http.headers,
    not_http.large_heads,
    not_http.chunks,
    not_http.length_lies,
    not_http.smuggling,
    not_http.cut_off,
    not_http.mutated,
    not_http.pipelined,
    not_http.old_versions,
    not_http.handshakes,
    unfit.media_types,
    unfit.not_utf8,
    unfit.bad_forms,
    unfit.deep_json,
    unfit.numbers,
    unfit.texts,
    unfit.wrong_shapes,
    unfit.giant_bodies,
    unfit.paths,
    unfit.methods,
    unfit.queries,
    unfit.admin_bodies,
    unfit.tokens,
    unfit.tokens,
)


def cases(rng: random.Random, count: int) -> Iterable[Case]:
    """Of every kind about as many."""
    for number in range(count):
        yield MAKERS[number % len(MAKERS)](rng)
