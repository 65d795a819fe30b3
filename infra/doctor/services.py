"""What the gateway says of itself."""

import httpx

from infra.doctor.finding import Case, Finding, ok, warning, wrong

_TIMEOUT_S = 5.0


async def gateway(case: Case) -> list[Finding]:
    """Its own view of what it needs, part by part."""
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False) as client:
            answer = await client.get(f"{case.gateway}/health/ready")
    except httpx.HTTPError as error:
        said = f"nobody answers at {case.gateway}: {str(error) or type(error).__name__}"
        return [wrong(said, "start aicc-gateway, or say with --gateway where it is")]
    if answer.status_code == httpx.codes.OK:
        return [ok(f"{case.gateway} is ready")]
    if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        return [wrong(f"{case.gateway} is not ready: {answer.text.strip()[:300]}", "mend what it names")]
    mend = "say with --gateway where the gateway is"
    return [warning(f"{case.gateway} answers {answer.status_code}: no gateway of ours?", mend)]
