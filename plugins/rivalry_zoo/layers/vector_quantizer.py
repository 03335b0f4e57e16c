"""The code book of VQ-VAE."""

from typing import Annotated, NamedTuple

import torch
from einops import rearrange
from torch import Tensor, nn

from rivalry.fields import Inputs, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Layer
from rivalry.marks import Given, Gt


class Quantized(NamedTuple):
    """What quantising gives of z [N, C, ...]."""

    quantized: Tensor
    """The nearest codes, [N, C, ...], whose gradient is handed to z as it comes."""
    indices: Tensor
    """Which codes they are, int64 [N, ...]."""
    codes: Tensor
    """The same codes, [N, C, ...], whose gradient reaches the book and not z."""


class VectorQuantizer(Layer):
    """The code e_k nearest to each vector of z [N, C, ...], the vectors lying along dimension 1: argmin_k |z - e_k|^2.

    Straight through: the main output is z + (e - z) without the gradient of the bracket, so what is made of it trains
    the encoder as if nothing were rounded, and leaves the book alone. `indices` and `codes` are the further outputs;
    the book learns from `codes`, as in `{use: vector_quantization, of: [z, Q(z).codes]}`. Ties fall to the first code.
    The book has `codes` vectors of z's channels, which start uniform on [-1 / codes, 1 / codes]; 1024 is the paper's
    number on ImageNet.

    Raises ValueError for labels, for scalars and for more than one input.
    """

    name = "vector_quantizer"
    paper = "van den Oord, Vinyals & Kavukcuoglu 2017, arXiv:1711.00937; Esser et al. 2020, arXiv:2012.09841"
    outputs = ("indices", "codes")

    def __init__(self, inputs: Given[Inputs], *, codes: Annotated[int, Gt(0)] = 1024) -> None:
        super().__init__()
        fields = as_inputs(inputs)
        if len(fields) != 1 or fields[0].classes is not None or not fields[0].shape:
            got = ", ".join(map(str, fields)) or "none"
            raise ValueError(f"layer vector_quantizer wants one map or vector of real numbers, got {got}; use E(x)")
        self.book = nn.Parameter((torch.rand(codes, fields[0].shape[0]) * 2 - 1) / codes)

    def forward(self, z: Tensor) -> Quantized:
        with torch.no_grad():
            vectors = rearrange(z, "n c ... -> n ... c")
            # |z|^2 is the same for every code, hence left out.
            indices = (self.book.square().sum(1) - 2 * vectors @ self.book.T).argmin(-1)
        codes = self.look_up(indices)
        return Quantized(z + (codes - z).detach(), indices, codes)

    def look_up(self, indices: Tensor) -> Tensor:
        """The codes [N, C, ...] of indices [N, ...]."""
        return rearrange(self.book[indices], "n ... c -> n c ...")


@hookimpl
def rivalry_components():
    return [VectorQuantizer]
