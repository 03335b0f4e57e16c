"""Spectral normalisation: layers whose largest singular value is one."""

from typing import Annotated, Literal

import torch
from attrs import frozen
from torch import Tensor, nn
from torch.nn.utils import parametrize

from rivalry.hooks import hookimpl
from rivalry.interfaces import WeightNorm
from rivalry.marks import Ge, Gt
from rivalry_zoo.blocks.linear_maps import CONVOLUTIONS, TRANSPOSED, LinearMap, convolution, matrix, started, unit

WARMING = 15
"""Steps of the power method before the first use, as in torch's own."""


class DividedByNorm(nn.Module):
    """W / sigma with sigma = <u, W v>, where u and v, constants to gradients, follow W's first singular vectors."""

    def __init__(self, weight: Tensor, form: LinearMap, n_iterations: int, eps: float) -> None:
        super().__init__()
        self.form, self.n_iterations, self.eps = form, n_iterations, eps
        self.register_buffer("v", form.any_input(weight))
        self.register_buffer("u", form.ahead(weight, self.v))
        self._iterate(weight, WARMING)

    def forward(self, weight: Tensor) -> Tensor:
        if self.training:
            self._iterate(weight, self.n_iterations)
        u, v = self.u.clone(), self.v.clone()  # the next forward overwrites them before this one's backward
        return weight / (u * self.form.ahead(weight, v)).sum()

    @torch.no_grad()
    def _iterate(self, weight: Tensor, times: int) -> None:
        for _ in range(times):
            self.v.copy_(unit(self.form.back(weight, self.u), self.eps))
            self.u.copy_(unit(self.form.ahead(weight, self.v), self.eps))


@frozen
class Spectral(WeightNorm):
    """W / sigma(W), sigma the largest singular value, estimated by the power method.

    Every training forward takes `n_iterations` steps v <- W'u / |W'u|, u <- W v / |W v|, norms at least `eps`; u and v
    are saved with the weights; in evaluation they rest. Gradients take them as constants, so <dL/dW, W> = 0.

    `of: matrix` takes a kernel as the matrix [C', C kh kw], which is usual, but not the norm of the convolution: that
    is up to sqrt(kh kw) times larger, so such a network need not be 1-Lipschitz. `of: convolution` takes the norm of
    the convolution itself, with its stride and its zeros around, on maps of side `size`; it grows with the size, so a
    size no less than that of the maps keeps the bound. ValueError for a weight of zeros, and with `of: convolution`
    for other paddings than by zeros.
    """

    name = "spectral"
    paper = "Miyato, Kataoka, Koyama & Yoshida 2018, arXiv:1802.05957"

    of: Literal["matrix", "convolution"] = "matrix"
    size: Annotated[int, Gt(0)] = 32
    n_iterations: Annotated[int, Ge(1)] = 1
    eps: Annotated[float, Gt(0)] = 1e-12

    def reparametrise(self, layer: nn.Module) -> None:
        started(layer, self.name)
        spatial = self.of == "convolution" and isinstance(layer, CONVOLUTIONS + TRANSPOSED)
        form = convolution(layer, self.size) if spatial else matrix(layer)
        weight = layer.weight.detach()
        divided = DividedByNorm(weight, form, self.n_iterations, self.eps)
        parametrize.register_parametrization(layer, "weight", divided, unsafe=True)  # a trial would take a step


@hookimpl
def rivalry_components():
    return [Spectral]
