"""What a check found: counts, and what is wrong with its first examples."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

SHOWN = 5


@dataclass
class Report:
    """What was counted, and what is wrong, each kind with its first examples. True where nothing is."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def blame(self, kind: str, what: str) -> None:
        """One thing that must not be."""
        self.counts[kind] += 1
        if len(self.wrong[kind]) < SHOWN:
            self.wrong[kind].append(what)

    def __bool__(self) -> bool:
        return not self.wrong

    def __str__(self) -> str:
        lines = [f"{name}: {count}" for name, count in sorted(self.counts.items())]
        lines += [f"  {kind}: {what}" for kind, examples in self.wrong.items() for what in examples]
        return "\n".join(lines)
