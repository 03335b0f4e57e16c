"""The words a constructor uses about its arguments, and a component about itself."""

from typing import Annotated, TypeVar

from annotated_types import Ge, Gt, Interval, Le, Len, Lt
from attrs import frozen

__all__ = [
    "ComparesScores",
    "CouplesBatch",
    "CouplesWeakly",
    "Draws",
    "Ge",
    "Given",
    "Gt",
    "Interval",
    "Le",
    "Len",
    "Lt",
    "Moves",
    "NeedsIndependentSamples",
    "Number",
    "SeesSamples",
    "Supplied",
]

T = TypeVar("T")


@frozen
class Supplied:
    """Marks an argument that the builder supplies from facts; a spec can neither repeat nor contradict it."""


@frozen
class Moves:
    """Marks an argument that a schedule may move during training; its value is handed over at call time."""


Given = Annotated[T, Supplied()]
Number = Annotated[float, Moves()]


class ComparesScores:
    """An objective whose generator loss needs the real scores too (for the others `real` is None in that turn)."""


class SeesSamples:
    """An objective whose formula needs the samples beside their scores: it receives `samples`, (real, fake)."""


class Draws:
    """A component that draws random numbers: it receives `draw`, a `Stream`, as a keyword."""


class CouplesBatch:
    """A module in which one sample of a batch influences the output of another (batch normalisation)."""


class CouplesWeakly:
    """A module in which samples influence each other's outputs a little (minibatch statistics as one more map)."""


class NeedsIndependentSamples:
    """A penalty that differentiates scores by samples, hence is refused on a critic that couples its batch."""
