"""The pages of customers, agents, supervisors and administrators: files of ours and of pinned packages."""

from gateway.web.routes import page_routes

__all__ = ["page_routes"]
