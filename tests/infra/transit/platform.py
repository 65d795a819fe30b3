"""The platform's services as processes that come to secured servers, each as its own user."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient

import migrations
from infra.config_publish import apply
from infra.kafka.acls import users
from infra.kafka.command import apply_rights
from infra.kafka.users import set_password
from infra.services import with_role
from infra.topics import apply_topics
from runtime.kafka import client_options
from schemas.topics import TOPICS
from tests.faults.processes import Service
from tests.infra.transit.cluster import SecuredStack
from tests.platform import Platform, configuration


class SecuredPlatform(Platform):
    """With a user, a password and rights for each service."""

    stack: SecuredStack

    def __init__(self, stack: SecuredStack, var: Path) -> None:
        super().__init__(stack, var, stack.admin["DATABASE_URL"])
        self.passwords = {user: uuid.uuid4().hex for user in users()}

    def prepare(self) -> None:
        """Topics, rights, users, tables and the configuration, by the administrator; in its environment."""
        migrations.upgrade(self.database_url)
        asyncio.run(self._prepare())

    async def _prepare(self) -> None:
        bootstrap = self.stack.kafka.address
        admin = AIOKafkaAdminClient(**client_options(bootstrap))
        try:
            await admin.start()
            await apply_topics(admin, TOPICS, alter=False, say=print)
            await apply_rights(admin, revoking=False, say=print)
            for user, password in self.passwords.items():
                await set_password(admin, user, password)
        finally:
            await admin.close()
        await apply(bootstrap, configuration(), "tests")

    def start(self, name: str, instance: str = "0", **environ: str) -> Service:
        """By its own user and a file that has the password."""
        user = f"aicc-{name}"
        file = self.var / f"{user}.password"
        file.write_text(self.passwords[user] + "\n")
        environment = self.stack.of(user, "") | {
            "AICC_KAFKA_PASSWORD_FILE": str(file),
            "DATABASE_URL": _with_role(name, self.database_url),
        }
        return super().start(name, instance, **(environment | environ))


def _with_role(name: str, url: str) -> str:
    """`with_role` for an address that has a query already."""
    plain, _, query = url.partition("?")
    joined = with_role(name, plain)
    return f"{joined}{'&' if '?' in joined else '?'}{query}"
