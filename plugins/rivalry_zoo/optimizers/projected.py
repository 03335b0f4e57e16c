"""Any optimiser, every weight matrix held in a set."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, ClassVar, Literal

import torch
from attrs import frozen
from einops import rearrange
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Optimizer, State
from rivalry.marks import Gt, Number
from rivalry_zoo.blocks.skipping import undone_where
from rivalry_zoo.optimizers.adam import ADAM


def rows(matrix: Tensor, limit: float) -> Tensor:
    """Rows of norm at most `limit`."""
    return matrix * (limit / matrix.norm(dim=1, keepdim=True)).clamp(max=1)


def spectral(matrix: Tensor, limit: float) -> Tensor:
    """Singular values of at most `limit`."""
    u, values, v = torch.linalg.svd(matrix, full_matrices=False)
    return (u * values.clamp(max=limit)) @ v


def orthonormal(matrix: Tensor, limit: float) -> Tensor:
    """Singular values of `limit`, all of them."""
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    return limit * u @ v


SETS: Mapping[str, Callable[[Tensor, float], Tensor]] = {"rows": rows, "spectral": spectral, "orthonormal": orthonormal}


@frozen
class Projected(Optimizer):
    """w <- P(w + d) for every weight as a matrix [out, rest], d the move of `optimizer`, P the nearest point of a set.

        rows          |w_i| <= limit for every row                                   (max-norm)
        spectral      no singular value above limit: the layer is limit-Lipschitz    (a linear layer; a bound's part for
                      convolutions, whose kernel is flattened)
        orthonormal   all singular values are limit: rows (or columns, of a tall matrix) of this norm, orthogonal

    Nearest in the Frobenius norm: an SVD with its singular values clipped or replaced. Vectors and scalars (biases,
    norms' scales) are left alone. Learning rate, memories and state are those of the optimiser inside. A skipped step
    projects nothing. An SVD a step is for small networks; the weight norm `spectral` is the cheap way to a Lipschitz
    critic.

    Papers: Srebro & Shraibman 2005 for max-norm (no arXiv); Sedghi et al. 2018 for clipped singular values.
    """

    name: ClassVar[str] = "projected"
    paper: ClassVar[str] = "Sedghi, Gupta & Long 2018, arXiv:1805.10408"
    memories: ClassVar[tuple[str, ...]] = ("optimizer",)

    optimizer: Optimizer = ADAM
    onto: Literal["rows", "spectral", "orthonormal"] = "rows"
    limit: Annotated[float, Gt(0)] = 1.0

    @property
    def lr(self) -> Number:
        return self.optimizer.lr

    def start(self, parameters: Sequence[Tensor]) -> State:
        return self.optimizer.start(parameters)

    def step(
        self,
        parameters: list[Tensor],
        gradients: list[Tensor],
        state: State,
        *,
        lr: float,
        skip: Tensor | None = None,
    ) -> None:
        with torch.no_grad(), undone_where(skip, parameters):
            self.optimizer.step(parameters, gradients, state, lr=lr, skip=skip)
            for weight in parameters:
                if weight.ndim > 1:
                    matrix = rearrange(weight, "out ... -> out (...)")
                    weight.copy_(SETS[self.onto](matrix, self.limit).reshape(weight.shape))


@hookimpl
def rivalry_components():
    return [Projected]
