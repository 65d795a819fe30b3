"""What is open in the local profile only, until roles exist."""

from http import HTTPStatus

from gateway.answers import Refused
from gateway.state import Gateway


def local_only(gateway: Gateway) -> None:
    """Raises Refused (403) in any other profile."""
    if gateway.settings.profile != "local":
        raise Refused(HTTPStatus.FORBIDDEN, "This is open in the local profile only")
