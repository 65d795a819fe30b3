"""Users and rights as the cluster has them, read and changed by an administrator's client."""

import hashlib
import os
from collections.abc import Collection
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest

from infra.kafka.acls import Operation, Resource, Right
from infra.kafka.requests import AlterUserScramCredentials, IncrementalAlterConfigs, raise_refused

_SHA_512, _ITERATIONS = 2, 8192
_ANY, _LITERAL, _ALLOW = 1, 3, 3
_PRINCIPAL = "User:"


async def set_password(admin: AIOKafkaAdminClient, user: str, password: str) -> None:
    """Makes the user or changes its password; connections that are open go on. The password itself stays
    here (RFC 5802). Raises KafkaError."""
    salt = os.urandom(32)
    salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
    answer = await _ask(admin, AlterUserScramCredentials(user, _SHA_512, _ITERATIONS, salt, salted))
    for _, code, message, _ in answer.results:
        raise_refused(code, message)


async def known_rights(admin: AIOKafkaAdminClient, of: Collection[str]) -> set[Right]:
    """Those of these users, as far as they are of the kinds that we give. Raises KafkaError."""
    answer = await _ask(admin, DescribeAclsRequest(_ANY, None, _ANY, None, None, _ANY, _ANY))
    raise_refused(answer.error_code, answer.error_message)
    found = set()
    for kind, name, pattern, acls in answer.resources:
        for principal, host, operation, permission in acls:
            user = principal.removeprefix(_PRINCIPAL)
            plain = (pattern, permission, host) == (_LITERAL, _ALLOW, "*")
            if plain and user in of and kind in list(Resource) and operation in list(Operation):
                found.add(Right(user, Resource(kind), name, Operation(operation)))
    return found


async def grant(admin: AIOKafkaAdminClient, right: Right) -> None:
    """Once or again. Raises KafkaError."""
    answer = await _ask(admin, CreateAclsRequest(*_fields(right)))
    for code, message in answer.creation_responses:
        raise_refused(code, message)


async def revoke(admin: AIOKafkaAdminClient, right: Right) -> None:
    """Where it is there. Raises KafkaError."""
    answer = await _ask(admin, DeleteAclsRequest(*_fields(right)))
    for code, message, *_ in answer.filter_responses:
        raise_refused(code, message)


async def show_certificate(
    admin: AIOKafkaAdminClient, broker: int, listener: str, keystore: str, truststore: str = ""
) -> None:
    """Has the broker read its PEM files again, which lie on its own disk, also where their names are as
    before. Open connections go on. Raises KafkaError."""
    files = {"keystore": keystore, "truststore": truststore}
    values = {
        f"listener.name.{listener.lower()}.ssl.{name}.location": path for name, path in files.items() if path
    }
    client: Any = admin
    answer = await client._send_request_to_node(broker, IncrementalAlterConfigs(broker, values))
    for code, message, *_ in answer.responses:
        raise_refused(code, message)


def _fields(right: Right) -> tuple[Any, ...]:
    return (
        int(right.resource),
        right.name,
        _LITERAL,
        f"{_PRINCIPAL}{right.user}",
        "*",
        int(right.operation),
        _ALLOW,
    )


async def _ask(admin: Any, request: Any) -> Any:
    return await admin._send_request(request)
