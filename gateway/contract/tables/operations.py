"""What those who run it ask."""

from gateway.contract.route import JSON, TEXT, Route, Who, get
from gateway.health import Health
from gateway.problems import Kind
from schemas.summary import Summary

ROUTES: tuple[Route, ...] = (
    get(
        "/monitoring/metrics",
        "How the contact center is doing: queues, agents, service level, lag, rates",
        Who.ANYONE,
        Summary,
        Kind.UNAVAILABLE,
    ),
    get("/metrics", "This process's metrics for Prometheus", Who.ANYONE, TEXT),
    get("/health/live", "The process answers", Who.ANYONE, Health),
    Route(
        method="GET",
        path="/health/ready",
        summary="What requests need is there",
        who=Who.ANYONE,
        answer=Health,
        others={503: Health},
    ),
    get("/openapi.json", "This description", Who.ANYONE, JSON),
    get("/asyncapi.json", "The description of topics and sockets", Who.ANYONE, JSON),
)
