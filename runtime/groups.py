"""Members of consumer groups."""

from aiokafka.admin import AIOKafkaAdminClient


async def member_count(admin: AIOKafkaAdminClient, group: str) -> int:
    """How many members the group has; 0 where nobody has joined it ever. Raises KafkaError.

    One group a request: aiokafka reads a version 3 answer by version 2, wrong from the second group on.
    """
    answers = await admin.describe_consumer_groups([group])
    return sum(len(one["members"]) for answer in answers for one in answer.to_object()["groups"])
