"""What every request passes before its body is read: limits of rate by address and route, and admission."""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from gateway.overload.addresses import Addresses, is_loopback, key_of
from gateway.overload.admission import Admission
from gateway.overload.gcra import RateLimit
from gateway.overload.priority import Kind, kind_of
from gateway.overload.refusals import Reason, Refusal, refusal
from gateway.settings import GatewaySettings

OTHER = "other"
_SHED_S = 7.0
"""It takes people to end it: no need to come back at once."""


class Caller(NamedTuple):
    """Who is at the other end of a connection. `key` is None where no limit applies."""

    key: str | None
    proxy: str | None = None
    """The peer's address where it speaks for others."""


class Door:
    """Decides without waiting. `now` is a steady clock, in seconds; `paths` may be labels of metrics;
    `in_flight` is how many records the broker has not acknowledged."""

    def __init__(
        self,
        settings: GatewaySettings,
        paths: frozenset[str],
        now: Callable[[], float],
        in_flight: Callable[[], int] = lambda: 0,
    ) -> None:
        self.admission = Admission(now())
        self.shed: frozenset[Kind] = frozenset()
        """What operators have refused, by a switch."""

        self._in_flight = in_flight
        self._most_in_flight = settings.new_in_flight
        self._refused: Counter[tuple[Kind | None, Reason]] = Counter()
        self._answered: Counter[tuple[str, str, int]] = Counter()
        self._paths = {path.encode(): path for path in paths}
        self._admits = settings.admission
        self._now = now
        self._lifted = settings.profile == "local"
        self._addresses = Addresses(settings.trusted_proxies)
        self._by_address = _limit(settings.address_per_s, settings)
        self._starts = _limit(settings.address_starts_per_s, settings)
        self._by_customer = _limit(settings.customer_per_s, settings)
        rates = (one.split("=") for one in settings.route_limits.split(",") if one)
        self._by_route = {path.encode(): _limit(float(per_s), settings) for path, per_s in rates}

    def caller(self, peer: str) -> Caller:
        """Of a new connection."""
        if self._addresses.is_proxy(peer):
            return Caller(None, peer)
        return Caller(self._key(peer))

    def key(self, caller: Caller, headers: list[tuple[bytes, bytes]]) -> str | None:
        """By what a request is counted; None where it is not."""
        if caller.proxy is None:
            return caller.key
        return self._key(self._addresses.client(headers, caller.proxy))

    def refuse(self, method: bytes, path: bytes, key: str | None) -> Refusal | None:
        """The refusal, or None for who may come in. A request that is refused for its sender's own limit does
        not count as asked of the platform."""
        kind = kind_of(method, path)
        if kind is None:
            return None
        found = refusal(Reason.SWITCHED_OFF, _SHED_S) if kind in self.shed else self._limit(kind, path, key)
        if found is None and self._admits and not self._has_room(kind):
            found = refusal(Reason.OVERLOAD)
        if found is not None:
            self._refused[kind, found.reason] += 1
        return found

    def _has_room(self, kind: Kind) -> bool:
        """The limit of what is under way holds from one request to the next; a budget takes some ticks."""
        return self.admission.admit(kind, kind > Kind.CONNECT or self._in_flight() < self._most_in_flight)

    def refuse_handshake(self, path: bytes, key: str | None) -> Refusal | None:
        """A socket's, by its address and route; admission does not ask who only listens."""
        found = self._limit(Kind.READ, path, key)
        if found is not None:
            self._refused[Kind.READ, found.reason] += 1
        return found

    def refuse_customer(self, customer: str, key: str | None) -> Refusal | None:
        """By the customer or session that a body names; `key` as for the request."""
        if key is None or not customer:
            return None
        wait_s = self._by_customer.wait_s(customer, self._now())
        if not wait_s:
            return None
        self._refused[None, Reason.CUSTOMER_LIMIT] += 1
        return refusal(Reason.CUSTOMER_LIMIT, wait_s)

    def answered(self, method: bytes, path: bytes, refused: Refusal) -> None:
        """A refusal that was given without the application, which counts all others."""
        label = "POST" if method == b"POST" else "GET" if method == b"GET" else OTHER
        self._answered[label, self._paths.get(path, OTHER), refused.answer.status] += 1

    def take_refused(self) -> Counter[tuple[Kind | None, Reason]]:
        """Refusals since it was asked last. The metrics' own counters would cost as much as the refusals."""
        taken, self._refused = self._refused, Counter()
        return taken

    def take_answered(self) -> Counter[tuple[str, str, int]]:
        """Method, path and status of what `answered` was told since it was asked last."""
        taken, self._answered = self._answered, Counter()
        return taken

    def _limit(self, kind: Kind, path: bytes, key: str | None) -> Refusal | None:
        if key is not None:
            now = self._now()
            wait_s = self._by_address.wait_s(key, now)
            if not wait_s and kind is Kind.NEW_CHAT:
                wait_s = self._starts.wait_s(key, now)
            if wait_s:
                return refusal(Reason.ADDRESS_LIMIT, wait_s)
        route = self._by_route.get(path)
        if route is not None and (wait_s := route.wait_s(path, self._now())):
            return refusal(Reason.ROUTE_LIMIT, wait_s)
        return None

    def _key(self, address: str) -> str | None:
        return None if self._lifted and is_loopback(address) else key_of(address)


def _limit(per_s: float, settings: GatewaySettings) -> RateLimit:
    return RateLimit(per_s, max(round(per_s * settings.burst_s), 1), settings.limited_keys)
