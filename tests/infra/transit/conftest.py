"""A broker that asks for TLS and a user, for the tests of one module."""

import os
import shutil
import uuid
from collections.abc import Iterator

import pytest

from infra.paths import VAR
from tests.infra.transit.cluster import SecuredStack, secured


@pytest.fixture(scope="package")
def one_broker() -> Iterator[SecuredStack]:
    """With Postgres and Redis."""
    var = VAR / "test" / f"{os.getpid()}.secured-{uuid.uuid4().hex[:6]}"
    try:
        with secured(var, brokers=1) as stack:
            yield stack
    finally:
        shutil.rmtree(var, ignore_errors=True)
