"""Tensors that say that they lie on Apple's mps, which knows no float64, where there is none."""

from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves


class Mps(Tensor):
    """A tensor that has to leave mps before it can be widened, or meet one of the CPU's."""

    @property
    def device(self) -> torch.device:
        return torch.device("mps")

    def cpu(self) -> Tensor:
        return self.as_subclass(Tensor)

    def to(self, place: torch.device | str) -> Tensor:
        return self if torch.device(place).type == "mps" else self.cpu()

    def double(self) -> Tensor:
        raise TypeError("mps knows no float64")

    @classmethod
    def __torch_function__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        with torch._C.DisableTorchFunctionSubclass():  # asking for a tensor's dimensions would come here again
            kinds = {type(leaf) for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor) and leaf.ndim}
        if kinds == {Tensor, Mps}:
            raise RuntimeError("tensors lie on two devices")
        return super().__torch_function__(function, types, args, kwargs or {})


def on_mps(tensor: Tensor) -> Tensor:
    """The tensor, carrying gradients where it can."""
    return tensor.detach().clone().requires_grad_(tensor.is_floating_point()).as_subclass(Mps)
