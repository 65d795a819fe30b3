"""CloudWatch by botocore, which finds credentials as AWS' own tools do: the extra `cloudwatch`."""

from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from infra.monitoring.cloudwatch.exporter import CloudWatch

FAULTS = (BotoCoreError, ClientError)
"""What a call raises where CloudWatch can't be reached, or refuses."""


def connected(region: str) -> CloudWatch:
    """In a region; empty: as AWS_DEFAULT_REGION or the profile says. Raises FAULTS."""
    client: CloudWatch = Session().create_client("cloudwatch", region_name=region or None)
    return client
