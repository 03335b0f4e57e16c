"""Stairs with ramps between them: hold, then fade into the next level."""

from typing import Annotated, ClassVar, Literal

from attrs import frozen

from rivalry.hooks import hookimpl
from rivalry.interfaces import Schedule
from rivalry.marks import Ge, Gt


@frozen
class Growth(Schedule):
    """0 for `hold`, a line up to 1 for `fade`, 1 for `hold`, and so on up to levels - 1, where it stays.

    The growth of progressive GANs: l + a says that level l is held (a = 0) or that level l + 1 fades in with the share
    a. Whole from levels - 1 times (hold + fade) on. The paper's hold and fade are 600,000 images each.
    """

    name: ClassVar[str] = "staircase"
    paper: ClassVar[str] = "Karras, Aila, Laine & Lehtinen 2017, arXiv:1710.10196"

    levels: Annotated[int, Ge(1)]
    hold: Annotated[float, Ge(0)] = 600_000
    fade: Annotated[float, Gt(0)] = 600_000
    clock: Literal["steps", "images", "epochs"] = "images"

    def at(self, time: float) -> float:
        level, rest = divmod(time, self.hold + self.fade)
        if level >= self.levels - 1:
            return float(self.levels - 1)
        return level + max(0.0, (rest - self.hold) / self.fade)


@hookimpl
def rivalry_components():
    return [Growth]
