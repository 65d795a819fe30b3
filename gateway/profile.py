"""What only the local profile may do, where nobody has roles."""

from http import HTTPStatus

from gateway.answers import Refused
from gateway.state import Gateway

LOCAL = "local"


def local_only(gateway: Gateway) -> None:
    """Raises Refused (403) in any other profile."""
    if gateway.settings.profile != LOCAL:
        raise Refused(HTTPStatus.FORBIDDEN, "This is open in the local profile only")
