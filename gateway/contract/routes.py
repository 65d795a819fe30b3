"""The table of routes. Who adds a route to the app adds a row in `tables`; a test says what is missing."""

from gateway.contract.route import Route
from gateway.contract.tables import (
    admins,
    agents,
    consultations,
    customers,
    operations,
    ops,
    pages,
    sessions,
    supervisors,
    switches,
    webhooks,
)

ROUTES: tuple[Route, ...] = (
    *customers.ROUTES,
    *agents.ROUTES,
    *supervisors.ROUTES,
    *admins.ROUTES,
    *webhooks.ROUTES,
    *sessions.ROUTES,
    *consultations.ROUTES,
    *operations.ROUTES,
    *ops.ROUTES,
    *switches.ROUTES,
    *pages.ROUTES,
)
