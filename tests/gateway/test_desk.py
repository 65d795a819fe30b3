"""What an agent's screen gets of the configuration. Pure."""

from gateway.desk import desk_of
from schemas.canned import CannedAnswer
from schemas.config import Agent, PoolConfig, Queue

ANSWER = CannedAnswer(title="Hi", text={"en": "Hello"})
OWN = PoolConfig(
    pool="b",
    partition=0,
    queues=(Queue(name="own", wrap_up_s=7.0),),
    agents=(
        Agent(id="a1", name="Ada", queues=("own",), capacity=3),
        Agent(id="a2", name="Ben", queues=("own",)),
        Agent(id="robot", name="Load", queues=("own",), synthetic=True),
    ),
    dispositions=("solved",),
    canned_answers=(ANSWER,),
)
OTHER = PoolConfig(pool="a", partition=1, queues=(Queue(name="other"),))


def test_own_queues_come_first_and_robots_are_no_colleagues() -> None:
    desk = desk_of("a1", OWN, (OTHER, OWN))
    assert desk is not None
    assert [(queue.name, queue.pool) for queue in desk.queues] == [("own", "b"), ("other", "a")]
    assert desk.queues[0].wrap_up_s == 7.0
    assert [one.agent_id for one in desk.colleagues] == ["a2"]
    assert (desk.name, desk.capacity, desk.dispositions) == ("Ada", 3, ("solved",))
    assert desk.canned_answers == (ANSWER,)


def test_who_is_not_of_the_pool_gets_nothing() -> None:
    assert desk_of("nobody", OWN, (OWN,)) is None
