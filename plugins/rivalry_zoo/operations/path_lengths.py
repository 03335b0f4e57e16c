"""How far a sample moves with its styles."""

from typing import ClassVar

from attrs import frozen
from einops import reduce
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Operation
from rivalry_zoo.blocks.precision import wide

TINY = 1e-12
"""Under the square root, whose derivative at 0 would be infinite."""


@frozen
class PathLengths(Operation):
    """path_lengths(g): sqrt(mean over layers of sum_j g_j^2) [N] of gradients g by styles [N, layers, d] or [N, d].

    With g = gradient(random_projection(fake), w) a squared difference of these lengths from their running mean is the
    path length penalty: it vanishes where the generator's Jacobian is an orthogonal map times one number everywhere.
    Where g is exactly 0 the length is 1e-6 and gives no direction.
    """

    name: ClassVar[str] = "path_lengths"
    paper: ClassVar[str] = "Karras et al. 2019, arXiv:1912.04958, section 3.2"

    def __call__(self, gradient: Tensor) -> Tensor:
        squares = reduce(wide(gradient).square(), "n ... d -> n ...", "sum")
        return (reduce(squares, "n ... -> n", "mean") + TINY).sqrt()


@hookimpl
def rivalry_components():
    return [PathLengths]
