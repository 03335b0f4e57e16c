"""A straight line from one number to another."""

from typing import Annotated, ClassVar, Literal

from attrs import frozen

from rivalry.hooks import hookimpl
from rivalry.interfaces import Schedule
from rivalry.marks import Ge, Gt
from rivalry_zoo.blocks.ramps import between, share


@frozen
class Linear(Schedule):
    """start + (end - start) (t - after) / over for t in [after, after + over]; `start` before, `end` from then on."""

    name: ClassVar[str] = "linear"
    paper: ClassVar[str] = "none: a straight line"

    start: float
    end: float
    over: Annotated[float, Gt(0)]
    clock: Literal["steps", "images", "epochs"] = "steps"
    after: Annotated[float, Ge(0)] = 0.0

    def at(self, time: float) -> float:
        return between(self.start, self.end, share(time, self.after, self.over))


@hookimpl
def rivalry_components():
    return [Linear]
