"""Numbers with all that it takes to understand them."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from rivalry.interfaces import Metric, Score
from rivalry.readings import writable


@frozen
class Number:
    """A metric's value with its standard error, which way is better, what it is called in print, and its protocol."""

    score: Score
    better: str
    title: str
    protocol: Mapping[str, Any]

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
        }

    def beats(self, other: float | None) -> bool:
        """Whether the value is better than another; anything is better than none, and nan is worse than all."""
        if self.value != self.value:
            return False
        return other is None or (self.value > other if self.better == "higher" else self.value < other)


def numbers_of(
    name: str, metric: Metric, found: Score | Mapping[str, Score], protocol: Mapping[str, Any]
) -> dict[str, Number]:
    """What a metric found, as numbers: by the name of its entry or, where it has parts, by name.part."""
    if isinstance(found, Score):
        return {name: Number(found, metric.direction, metric.title(), protocol)}
    return {
        f"{name}.{part}": Number(score, metric.direction, f"{metric.title()}.{part}", protocol)
        for part, score in found.items()
    }
