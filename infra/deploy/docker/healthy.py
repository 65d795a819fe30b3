"""The image's HEALTHCHECK: asks the service of this container whether it is ready. Status: 0 it is, 1 not.

Example: AICC_METRICS_PORT=9183 python healthy.py
"""

import os
import sys
from collections.abc import Mapping
from http.client import HTTPConnection

TIMEOUT_S = 2.0


def route(environ: Mapping[str, str]) -> tuple[int, str]:
    """Port and path: the gateway's own where no port of metrics is set."""
    port = int(environ.get("AICC_METRICS_PORT") or 0)
    return (port, "/ready") if port else (int(environ.get("AICC_GATEWAY_PORT") or 8080), "/health/ready")


def is_ready(port: int, path: str) -> bool:
    """Whether 200 is answered in time."""
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(not is_ready(*route(os.environ)))
