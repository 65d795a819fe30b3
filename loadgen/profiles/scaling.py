"""A profile in less time, and with more load. Pure."""

from dataclasses import replace

from loadgen.profiles.model import Profile


def compressed(profile: Profile, factor: float) -> Profile:
    """What `--compress 10` means: the stages, the time limit after them and the agents' leaving come `factor`
    times as fast.

    Targets, think times, patience and handling times stay: at each moment the same users offer the same load
    as at the matching moment of the whole run, for a shorter time. A recording is played as it is: its rate
    is `speed`, and to play it faster is to offer more.
    """
    stages = tuple(replace(stage, seconds=stage.seconds / factor) for stage in profile.stages)
    agents = profile.agents
    if agents:
        agents = replace(agents, leave_at_s=agents.leave_at_s / factor)
    return replace(profile, stages=stages, agents=agents, limit_s=profile.limit_s / factor)


def scaled(profile: Profile, factor: float) -> Profile:
    """`factor` times as many users, or arrivals, at each moment, and as much promised."""
    return replace(
        profile,
        start=profile.start * factor,
        stages=tuple(replace(stage, target=stage.target * factor) for stage in profile.stages),
        expected_rps=profile.expected_rps * factor,
    )
