"""A staircase: multiplied by the same factor again and again."""

from typing import Annotated, ClassVar, Literal

from attrs import frozen

from rivalry.hooks import hookimpl
from rivalry.interfaces import Schedule
from rivalry.marks import Gt


@frozen
class Staircase(Schedule):
    """start * factor^n, where n counts the stairs up to time t: floor(t / every), or the `milestones` that are <= t.

    Raises ValueError unless exactly one of `every` and `milestones` is given.
    """

    name: ClassVar[str] = "step"
    paper: ClassVar[str] = "none: the usual stepwise decay"

    start: float
    factor: Annotated[float, Gt(0)]
    every: Annotated[float, Gt(0)] | None = None
    milestones: tuple[float, ...] = ()
    clock: Literal["steps", "images", "epochs"] = "steps"

    def __attrs_post_init__(self) -> None:
        if (self.every is None) == (not self.milestones):
            given = "neither" if self.every is None else "both"
            raise ValueError(f"wanted either every (a stride) or milestones (a list of times), got {given}")

    def at(self, time: float) -> float:
        stairs = sum(time >= moment for moment in self.milestones) if self.every is None else int(time // self.every)
        return self.start * self.factor**stairs


@hookimpl
def rivalry_components():
    return [Staircase]
