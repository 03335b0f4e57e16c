"""Any optimiser, with a pull back to where the parameters have been on average."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Optimizer, State
from rivalry.marks import Ge, Number
from rivalry_zoo.blocks.around import around, inside
from rivalry_zoo.blocks.skipping import undone_where
from rivalry_zoo.optimizers.adam import ADAM


@frozen
class HistoricalAveraging(Optimizer):
    """Adds the cost weight |w - m_t|^2 to a player's losses, m_t the mean of w_0 ... w_t, a constant to the gradient.

        n <- n + 1;   m <- m + (w - m) / n;   g <- g + 2 weight (w - m)

    and `optimizer` moves by the new g. w_t is the parameter before step t and counts itself, so the first step is a
    plain one. A game that turns about its equilibrium is damped by it, for the mean of a whole turn is its centre.
    Learning rate and memories are those of the optimiser inside. The state adds the mean and the number of steps
    (`mean`, `seen`), a tensor per parameter each. The paper states no weight.
    """

    name: ClassVar[str] = "historical_averaging"
    paper: ClassVar[str] = "Salimans et al. 2016, arXiv:1606.03498, section 3.3"
    memories: ClassVar[tuple[str, ...]] = ("optimizer",)

    optimizer: Optimizer = ADAM
    weight: Annotated[float, Ge(0)] = 1.0

    @property
    def lr(self) -> Number:
        return self.optimizer.lr

    def start(self, parameters: Sequence[Tensor]) -> State:
        return around(
            self.optimizer.start(parameters),
            mean=[torch.zeros_like(parameter) for parameter in parameters],
            seen=[torch.zeros((), device=parameter.device) for parameter in parameters],
        )

    def step(
        self,
        parameters: list[Tensor],
        gradients: list[Tensor],
        state: State,
        *,
        lr: float,
        skip: Tensor | None = None,
    ) -> None:
        if not parameters:
            return
        means, seen = state["mean"], state["seen"]
        with torch.no_grad(), undone_where(skip, means, seen):
            torch._foreach_add_(seen, 1.0)
            torch._foreach_add_(means, torch._foreach_div(torch._foreach_sub(parameters, means), seen))
            away = torch._foreach_sub(parameters, means)
            gradients = list(torch._foreach_add(gradients, away, alpha=2 * self.weight))
        self.optimizer.step(parameters, gradients, inside(state), lr=lr, skip=skip)


@hookimpl
def rivalry_components():
    return [HistoricalAveraging]
