"""The platform's own loops on a virtual clock and a made-up broker, with faults: docs/simulation.md."""
