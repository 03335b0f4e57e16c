"""What a step costs, counted while it is played on the meta device."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry


class Flops(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts by torch's own formulas; its FlopCounterMode cannot follow a double backward."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if func._overloadpacket in flop_registry:
            self.total += flop_registry[func._overloadpacket](*args, **(kwargs or {}), out_val=result)
        return result


@contextmanager
def counted(networks: Mapping[str, nn.Module], forwards: dict[str, int]) -> Iterator[None]:
    """Count the calls of every network."""
    handles = []
    for name, net in networks.items():
        forwards[name] = 0

        def count(module: nn.Module, args: Any, name: str = name) -> None:
            forwards[name] += 1

        handles.append(net.register_forward_pre_hook(count))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def saved(probe: Any) -> Iterator[None]:
    """Add up in `probe.saved` the bytes that are kept for a backward pass."""

    def keep(tensor: Tensor) -> Tensor:
        probe.saved += tensor.numel() * tensor.element_size()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        yield
