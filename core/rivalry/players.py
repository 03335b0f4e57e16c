"""A player at the table: its parameters, its gradients and how it moves."""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import torch
from attrs import evolve
from torch import Tensor, nn

from rivalry.distributed import reduce_gradients
from rivalry.interfaces import Optimizer, State


class Player:
    """One side of the game. `with player:` lets only its own parameters require gradients."""

    def __init__(
        self, name: str, networks: dict[str, nn.Module], optimizer: Optimizer, idle: frozenset[str] = frozenset(),
        processes: int = 1, autocast: Any = None, rate: float = 1.0,
    ) -> None:  # fmt: skip
        self.name = name
        self.rate = rate
        self.optimizer = shortened(optimizer, rate)
        self.owned = {
            network: [p for key, p in module.named_parameters() if f"{network}.{key}" not in idle]
            for network, module in networks.items()
        }
        self.parameters: list[Tensor] = [parameter for owned in self.owned.values() for parameter in owned]
        self.state: State = optimizer.start(self.parameters)
        self.processes = processes
        self.gradients: list[Tensor] | None = None
        self.autocast = autocast
        self._context: Any = nullcontext()

    def __enter__(self) -> "Player":
        for parameter in self.parameters:
            parameter.requires_grad_(True)
        if self.autocast is not None:
            self._context = torch.autocast(*self.autocast)
            self._context.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._leave()
        for parameter in self.parameters:
            parameter.requires_grad_(False)

    def _leave(self) -> None:
        self._context.__exit__(None, None, None)
        self._context = nullcontext()

    def differentiate(self, total: Tensor | None, only: Sequence[str] = (), more: bool = False) -> None:
        """Add the gradient of a total loss, by the parameters of all its networks or of some."""
        self._leave()  # gradients are taken outside autocast
        if total is None:
            return
        wanted = [p for network in only for p in self.owned[network]] if only else self.parameters
        found = torch.autograd.grad(total, wanted, retain_graph=more, allow_unused=True, materialize_grads=True)
        if not only and self.gradients is None:
            self.gradients = list(found)
            return
        if self.gradients is None:
            self.gradients = [torch.zeros_like(p) for p in self.parameters]
        place = {id(p): index for index, p in enumerate(self.parameters)}
        for parameter, gradient in zip(wanted, found, strict=True):
            index = place[id(parameter)]
            self.gradients[index] = self.gradients[index] + gradient

    def move(self, now: Any, opened: Tensor | None = None) -> None:
        """One optimiser step with the gradients at hand, unless the gate is not `opened` (a flag on the device); a
        player without active losses does not move.
        """
        if self.gradients is None:
            return
        gradients, self.gradients = reduce_gradients(self.gradients, self.processes), None
        gradients = [laid_out(g, like=p) for g, p in zip(gradients, self.parameters, strict=True)]
        skip = None if opened is None else opened.logical_not().float()
        lr = now.value(self.optimizer.lr) * self.rate
        self.optimizer.step(self.parameters, gradients, self.state, lr=lr, skip=skip)

    def tensors(self) -> dict[str, Tensor]:
        """The optimiser's state by name, for a checkpoint."""
        return {f"{key}.{index}": tensor for key, row in self.state.items() for index, tensor in enumerate(row)}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Take back a state; KeyError if a tensor is missing."""
        for key, row in self.state.items():
            for index, tensor in enumerate(row):
                tensor.copy_(tensors[f"{key}.{index}"])


def shortened(optimizer: Optimizer, rate: float) -> Optimizer:
    """The optimiser of a player that takes 1 / rate as many steps: its memories reach as far back as before."""
    if rate == 1.0:
        return optimizer
    return evolve(optimizer, **{name: _power(getattr(optimizer, name), rate) for name in optimizer.memories})  # type: ignore[misc]


def _power(memory: Any, rate: float) -> Any:
    """A memory to a power: each of several, and those of an optimiser inside."""
    if isinstance(memory, Optimizer):
        return shortened(memory, rate)
    return tuple(_power(part, rate) for part in memory) if isinstance(memory, tuple) else memory**rate


def laid_out(gradient: Tensor, like: Tensor) -> Tensor:
    """The gradient in its parameter's memory format.

    `.grad` keeps to it, `autograd.grad` does not (a double backward through channels-last convolutions comes out
    contiguous), and fused optimisers walk both tensors' memory side by side.
    """
    return gradient if gradient.stride() == like.stride() else torch.empty_like(like).copy_(gradient)
