"""Draws from Gaussians through which gradients pass."""

from typing import ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Operation
from rivalry.marks import Draws
from rivalry.streams import Stream


@frozen
class Draw(Draws, Operation):
    """draw(g): mean + exp(log_variance / 2) * e with e standard normal, of a Gaussian g = (mean, log_variance).

    g is what an encoder with `head: gaussian` gives, or any pair; each of its tensors is [N, ...], as is the sample.
    Its gradient reaches the mean and the log-variance (the reparametrisation trick). ValueError for a plain tensor.
    """

    name: ClassVar[str] = "draw"
    paper: ClassVar[str] = "Kingma & Welling 2013, arXiv:1312.6114"
    keeps_shape: ClassVar[bool] = True

    def __call__(self, gaussian: tuple[Tensor, Tensor], *, draw: Stream) -> Tensor:
        if isinstance(gaussian, torch.Tensor):
            raise ValueError(
                f"draw wants a pair (mean, log_variance), got one tensor of shape {list(gaussian.shape)}; "
                "give the encoder `head: gaussian`"
            )
        mean, log_variance = gaussian
        return mean + (log_variance / 2).exp() * draw.normal(*mean.shape).to(mean.dtype)


@hookimpl
def rivalry_components():
    return [Draw]
