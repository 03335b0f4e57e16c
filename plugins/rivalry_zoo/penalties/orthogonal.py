"""Rows of weights that stay orthogonal."""

from contextlib import nullcontext
from typing import ClassVar, Literal

import torch
from attrs import frozen
from torch import Tensor, nn

from rivalry.hooks import hookimpl
from rivalry.interfaces import NetworkPenalty
from rivalry_zoo.blocks.kernels_of import kernels_of


@frozen
class Orthogonal(NetworkPenalty):
    """The squared distance of every layer's Gram matrix from what orthogonal rows would give, summed over layers.

        full          |W W' - I|^2          rows orthogonal and of length 1
        off_diagonal  |W W' o (1 - I)|^2    rows orthogonal, their lengths free

    W [out, rest] is the weight of a linear or convolutional layer as it is used, hence with its weight norm; embeddings
    are left out. A layer with more rows than columns cannot bring it to 0. The gradient of the second is
    4 (W W' o (1 - I)) W; BigGAN's code adds half of that, so that its 1e-4 is weight 5e-5 here.

    In a spec: {penalty: orthogonal, on: G, weight: 1e-4}. Raises ValueError for a network without such layers.

    Papers: Brock, Lim, Ritchie & Weston 2016, arXiv:1609.07093 (full); Brock, Donahue & Simonyan 2018, arXiv:1809.11096
    (off_diagonal).
    """

    name: ClassVar[str] = "orthogonal"
    paper: ClassVar[str] = "Brock, Lim, Ritchie & Weston 2016, arXiv:1609.07093"

    form: Literal["full", "off_diagonal"] = "full"

    def of_network(self, network: nn.Module) -> Tensor:
        """The penalty, a scalar, of a network's weights."""
        costs = [self._of_rows(kernel) for kernel in kernels_of(network)]
        if not costs:
            raise ValueError(f"'orthogonal' wants linear or convolutional layers, {type(network).__name__} has none")
        return torch.stack(costs).sum()

    def _of_rows(self, kernel: Tensor) -> Tensor:
        with exactly(kernel.device):
            gram = kernel @ kernel.T
        wanted = torch.ones_like(gram.diagonal()) if self.form == "full" else gram.diagonal()
        return (gram - wanted.diag()).square().sum()


def exactly(device: torch.device) -> torch.autocast | nullcontext[None]:
    """A block without autocast: in half precision a difference from 1 drowns."""
    return nullcontext() if device.type == "meta" else torch.autocast(device.type, enabled=False)


@hookimpl
def rivalry_components():
    return [Orthogonal]
