"""Numbers with all that it takes to understand them."""

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from rivalry.interfaces import Metric, Score
from rivalry.readings import writable


@frozen
class Number:
    """A metric's value with its standard error, which way is better, what it is called in print, and its protocol."""

    score: Score
    better: str
    title: str
    protocol: Mapping[str, Any]
    anchors: Mapping[str, Score] = field(factory=dict)
    """What the metric says of other samples, by what these are: other real data, noise."""

    @property
    def value(self) -> float:
        """The value."""
        return self.score.value

    @property
    def error(self) -> float | None:
        """Its standard error, where one is defined."""
        return self.score.error

    def plain(self) -> dict[str, Any]:
        """As JSON values; JSON has no word for what is not finite: "nan", "inf", "-inf", which `float` reads back."""
        return {
            "value": writable(self.value),
            "error": writable(self.error),
            "better": self.better,
            "title": self.title,
            "protocol": dict(self.protocol),
        } | ({"anchors": {name: writable(score.value) for name, score in self.anchors.items()}} if self.anchors else {})

    def beats(self, other: float | None) -> bool:
        """Whether the value is better than another; anything is better than none, and nan is worse than all."""
        if self.value != self.value:
            return False
        return other is None or (self.value > other if self.better == "higher" else self.value < other)


Said = Score | Mapping[str, Score]
"""What a metric says: a value, or several by part."""


def numbers_of(
    name: str, metric: Metric, found: Said, protocol: Mapping[str, Any], anchors: Mapping[str, Said] = {}
) -> dict[str, Number]:
    """What a metric found, as numbers: by the name of its entry or, where it has parts, by name.part."""
    around = {anchor: by_part(said) for anchor, said in anchors.items()}
    return {
        f"{name}.{part}" if part else name: Number(
            score, metric.direction, f"{metric.title()}.{part}" if part else metric.title(), protocol,
            {anchor: said[part] for anchor, said in around.items()},
        )
        for part, score in by_part(found).items()
    }  # fmt: skip


def by_part(found: Said) -> Mapping[str, Score]:
    """By part, which is "" where there is but one value."""
    return {"": found} if isinstance(found, Score) else found
