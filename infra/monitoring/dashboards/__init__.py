"""Dashboards for Grafana: what they show (`BOARDS`), and how that is written down (`grafana`)."""

from infra.monitoring.dashboards.contacts import CONTACTS, ROUTING
from infra.monitoring.dashboards.load import LOAD
from infra.monitoring.dashboards.records import KAFKA, LAG, POSTGRES
from infra.monitoring.dashboards.service import GATEWAY, OVERVIEW

BOARDS = (OVERVIEW, CONTACTS, LAG, ROUTING, POSTGRES, KAFKA, GATEWAY, LOAD)
