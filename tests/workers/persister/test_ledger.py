"""The comparison with the log sees what is missing, too much or otherwise."""

import asyncio
import random
import re

import asyncpg

from tests.workers.persister.flow import SESSIONS, Log, prepare
from tests.workers.persister.ledger import assert_equal_to_the_log, differences, ledger
from tests.workers.persister.stream import KEY, parts
from tests.workers.world import World

ONE = "session_id = (SELECT min(session_id) FROM chat_messages WHERE seq = 1)"
DAMAGES = {
    "consultations: .* is missing": f"DELETE FROM consultations WHERE {ONE}",
    "consultations: .*'note'": "UPDATE consultations SET note = note || 'x'",
    "customers: .*'last_seen_at'": "UPDATE customers SET last_seen_at = last_seen_at + interval '1 ms'",
    "chat_messages: .*'at'": f"UPDATE chat_messages SET at = at + interval '1 ms' WHERE {ONE}",
    "chat_messages: .* should not be": f"UPDATE chat_messages SET seq = 99 WHERE seq = 1 AND {ONE}",
    "chat_messages: .* is missing": "DELETE FROM chat_messages WHERE seq = 99",
}
"""Each by what is said of it, one after the other."""


def test_each_damage_is_seen(own_world: World, rng: random.Random) -> None:
    """The comparison itself, and that the log has of everything."""

    async def scenario() -> None:
        await prepare(own_world)
        log = Log(own_world)
        with own_world.worker("persister", erasure_key=KEY):
            await log.append(parts(rng, 1, SESSIONS)[0])
            await log.stored()
        await assert_equal_to_the_log(own_world, KEY)
        wanted = await ledger(own_world, KEY)
        assert all((wanted.gone, wanted.letters, wanted.customers))
        assert any(row["rating"] for row in wanted.consultations.values())
        for sign, damage in DAMAGES.items():
            db = await asyncpg.connect(own_world.database_url)
            await db.execute(damage)
            await db.close()
            assert re.search(sign, "\n".join(await differences(own_world, KEY))), sign

    asyncio.run(scenario())
