"""Which pool a queue belongs to, from the configuration's records."""

from typing import NamedTuple

from schemas.bot import BotPlan
from schemas.calls import QueueHome
from schemas.config import Agent, PoolConfig, flows_of
from schemas.flows import Flow
from schemas.hours import Hours


class Place(NamedTuple):
    """A queue, its pool, and the pool's home partition."""

    queue: str
    pool: str
    partition: int


class UnknownQueue(LookupError):
    """No pool has this queue."""


class Directory:
    """All pools as of the last record read."""

    def __init__(self) -> None:
        self._pools: dict[str, PoolConfig] = {}
        self._queues: dict[str, Place] = {}
        self._flows: dict[str, Flow] = {}
        self._measured: tuple[str, ...] = ()

    @property
    def pools(self) -> dict[str, PoolConfig]:
        """All of them by name, in its order."""
        return dict(sorted(self._pools.items()))

    def put(self, pool: PoolConfig) -> None:
        """A pool's configuration; an older one than the known changes nothing."""
        known = self._pools.get(pool.pool)
        if known is None or pool.version >= known.version:
            self._pools[pool.pool] = pool
            self._index()

    def remove(self, pool: str) -> None:
        """The pool is gone."""
        self._pools.pop(pool, None)
        self._index()

    def find(self, queue: str) -> Place:
        """Where `queue` is; an empty name is the first queue of the first pool. Raises UnknownQueue."""
        place = self._queues.get(queue) if queue else next(iter(self._queues.values()), None)
        if place is None:
            raise UnknownQueue(f"There is no queue {queue!r}" if queue else "There is no queue at all")
        return place

    def flow(self, name: str) -> Flow | None:
        """The flow of that name."""
        return self._flows.get(name)

    @property
    def measured(self) -> tuple[str, ...]:
        """The queues whose length any flow asks for, as flows name them."""
        return self._measured

    def hours_of(self, queue: str) -> Hours | None:
        """When the queue is open; None: always, or it is not known."""
        pool = self._pools.get(self._queues[queue].pool) if queue in self._queues else None
        found = next((one.hours for one in pool.queues if one.name == queue), "") if pool else ""
        return next((hours for hours in pool.hours if hours.name == found), None) if pool else None

    def agent(self, agent_id: str) -> Agent | None:
        """The agent of that id."""
        pool = self.pool_of(agent_id)
        return next((agent for agent in pool.agents if agent.id == agent_id), None) if pool else None

    def pool_of(self, agent_id: str) -> PoolConfig | None:
        """The pool that the agent belongs to."""
        pools = self._pools.values()
        return next((pool for pool in pools if any(agent.id == agent_id for agent in pool.agents)), None)

    def pool(self, name: str) -> PoolConfig | None:
        """The pool of that name."""
        return self._pools.get(name)

    def bot_of(self, queue: str, *, synthetic: bool, off: bool = False) -> BotPlan | None:
        """How the bot serves a chat that is meant for `queue`, if it does; without a name for the
        first pool. A queue that is not known has none. It may be switched `off`."""
        place = self._queues.get(queue) if queue else next(iter(self._queues.values()), None)
        pool = self._pools.get(place.pool) if place else None
        bot = pool.bot if pool else None
        if pool is None or bot is None or (synthetic and not bot.synthetic):
            return None
        homes = {name: QueueHome(name, pool.pool, pool.partition) for name in bot.queues}
        return BotPlan(answer_s=bot.answer_s, homes=homes, says=bot.says, off=off)

    def only_pool(self) -> PoolConfig | None:
        """The pool, where there is but one."""
        return next(iter(self._pools.values())) if len(self._pools) == 1 else None

    def _index(self) -> None:
        pools = sorted(self._pools.values(), key=lambda pool: pool.pool)
        self._flows = {flow.name: flow for pool in pools for flow in flows_of(pool)}
        measured = (queue for flow in self._flows.values() for queue in flow.measured)
        self._measured = tuple(dict.fromkeys(measured))
        self._queues = {
            queue.name: Place(queue.name, pool.pool, pool.partition)
            for pool in pools
            for queue in pool.queues
        }
