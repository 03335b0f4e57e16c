"""Half a cosine wave from one number to another: it leaves and arrives with slope zero."""

from math import cos, pi
from typing import Annotated, ClassVar, Literal

from attrs import frozen

from rivalry.hooks import hookimpl
from rivalry.interfaces import Schedule
from rivalry.marks import Ge, Gt
from rivalry_zoo.blocks.ramps import between, share


@frozen
class Cosine(Schedule):
    """start + (end - start) (1 - cos(pi (t - after) / over)) / 2 for t in [after, after + over]; constant outside."""

    name: ClassVar[str] = "cosine"
    paper: ClassVar[str] = "Loshchilov & Hutter 2016, arXiv:1608.03983, without its restarts"

    start: float
    end: float
    over: Annotated[float, Gt(0)]
    clock: Literal["steps", "images", "epochs"] = "steps"
    after: Annotated[float, Ge(0)] = 0.0

    def at(self, time: float) -> float:
        return between(self.start, self.end, (1 - cos(pi * share(time, self.after, self.over))) / 2)


@hookimpl
def rivalry_components():
    return [Cosine]
