"""Networks on the meta device, where shapes are real and nothing is allocated."""

from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from rivalry.fields import Field
from rivalry.graph.facts import META
from rivalry.spec.uses import Live, Use


class Uninitialised(TorchFunctionMode):
    """Leaves out the filling of weights: on the meta device there is nothing to fill, and torch would load its
    compiler for it.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if getattr(func, "__name__", "") in ("normal_", "uniform_", "trunc_normal_"):
            return args[0] if args else kwargs["tensor"]
        return func(*args, **kwargs)


def build(use: Use | Live, given: dict[str, Any]) -> nn.Module:
    """A network from its entry; on the meta device a live module is copied, so that the original stays as it is."""
    module: nn.Module = use.build(**given)
    if isinstance(use, Live) and torch.get_default_device().type == "meta":
        return deepcopy(module).to(META)
    return module


def empty(field: Field, batch: int) -> Tensor:
    """A tensor that a field describes."""
    dtype = torch.int64 if field.classes is not None else torch.float32
    return torch.empty(batch, *field.shape, dtype=dtype, device=META)
