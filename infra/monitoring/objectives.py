"""The targets that alerts are about, each once."""

AVAILABILITY = 0.999
"""Of all calls that were not shed: answered without a 5xx."""

LAG_S = 3.0
"""`lag_target_s` of the gateway: admission begins to refuse above it."""

OLDEST_WAIT_S = 120.0
SERVICE_LEVEL = 0.8
"""Answered within 20 s over queued (docs/measures.md)."""

MEAN_RESPONSE_S = 2.0
CHECKPOINT_AGE_S = 30.0
"""As long as a checkpoint may take before the process ends itself."""

RETENTION_S = 7 * 86_400.0
"""Of topics: what is older is deleted, processed or not."""

MEMORY, CPU = 0.70, 0.80
"""Of the machine."""
