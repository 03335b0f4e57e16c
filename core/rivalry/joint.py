"""All players on one batch: the game as an order sees it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any

import torch
from attrs import define, field, frozen
from torch import Tensor

from rivalry.distributed import reduce_gradients
from rivalry.interfaces import Gradients, Order
from rivalry.merged import cotangents, pull

Found = dict[str, list[Tensor]]
"""Gradients by player; players all of whose losses rest in this step are left out."""


@frozen
class Table:
    """What the code of a step calls `joint`: the players, and the order that they play by."""

    players: Mapping[str, Any]
    order: Order
    memory: dict[str, list[Tensor]] = field(factory=dict)
    """What the order keeps from step to step."""

    def precision(self) -> AbstractContextManager[Any]:
        """What losses are computed under."""
        settings = next(iter(self.players.values())).autocast
        return nullcontext() if settings is None else torch.autocast(*settings)

    def play(
        self, now: Any, compute: Callable[[Any, Any], Any], gates: Callable[[Any], Mapping[str, Any]] | None = None
    ) -> None:
        """Let the order play on one batch. `compute(now, take)` is what `take` makes of everybody's sums of losses;
        `gates(now)` says afterwards who may move.
        """
        with self._awake():
            self.order.play(Batch(self, now, compute, gates))

    @contextmanager
    def _awake(self) -> Iterator[None]:
        parameters = [parameter for player in self.players.values() for parameter in player.parameters]
        for parameter in parameters:
            parameter.requires_grad_(True)
        try:
            yield
        finally:
            for parameter in parameters:
                parameter.requires_grad_(False)

    def backward(
        self, *sums: tuple[str, Tensor | None, Sequence[str]], differentiable: bool = False, found: Found | None = None
    ) -> Found:
        """The gradients of sums of losses, each by some of a player's networks (none named: all), added up."""
        found = {} if found is None else found
        active = [(player, total, only) for player, total, only in sums if total is not None and total.requires_grad]
        for index, (player, total, only) in enumerate(active):
            by = self.players[player]
            wanted = [p for network in only for p in by.owned[network]] if only else by.parameters
            rows = torch.autograd.grad(
                total, wanted, retain_graph=differentiable or index + 1 < len(active), create_graph=differentiable,
                allow_unused=True, materialize_grads=True,
            )  # fmt: skip
            mine = {id(p): row for p, row in zip(wanted, rows, strict=True)}
            before: Sequence[Tensor | None] = found.get(player) or [None] * len(by.parameters)
            found[player] = [_sum(a, mine.get(id(p)), p) for a, p in zip(before, by.parameters, strict=True)]
        return found

    def merged(
        self, judge: str, total: Tensor, own: Tensor, *, scores: Tensor, seen: Tensor, fakes: Sequence[Tensor],
        leaves: Sequence[Tensor], retain: bool = False,
    ) -> tuple[list[Tensor], Tensor]:  # fmt: skip
        """Both sides of a game by one backward pass through its judge: its owner's gradient, and a loss whose gradient
        is that of the generator's side.

        `scores` are the judge's of the `leaves` that stand for `fakes`, and `seen` is what both sides' losses saw of
        them: `total` all of the owner's, `own` the generator's side with its weight.
        """
        (theirs,) = torch.autograd.grad(total, [seen], retain_graph=True)
        (ours,) = torch.autograd.grad(own, [seen])
        sent, factor = cotangents(theirs, ours)
        parameters = self.players[judge].parameters
        both = torch.autograd.grad(
            [scores, total], [*leaves, *parameters], [sent, torch.ones_like(total)], retain_graph=retain,
            allow_unused=True, materialize_grads=True,
        )  # fmt: skip
        return list(both[len(leaves) :]), pull(fakes, both[: len(leaves)], factor)


def _sum(before: Tensor | None, more: Tensor | None, like: Tensor) -> Tensor:
    there = [gradient for gradient in (before, more) if gradient is not None]
    return sum(there[1:], there[0]) if there else torch.zeros_like(like)


@define
class Batch:
    """The game on one batch, as `rivalry.interfaces.Joint` says."""

    table: Table
    now: Any
    compute: Callable[[Any, Any], Any]
    gates: Callable[[Any], Mapping[str, Any]] | None
    looked: bool = False

    @property
    def memory(self) -> dict[str, list[Tensor]]:
        """What the order keeps from step to step."""
        return self.table.memory

    def parameters(self) -> dict[str, list[Tensor]]:
        """Every player's parameters."""
        return {name: list(player.parameters) for name, player in self.table.players.items()}

    def gradients(self, differentiable: bool = False) -> Found:
        """Every player's gradient where all stand now, of all processes; losses are logged as the first call sees them.

        Differentiable ones are this process's own: `move` takes the mean of what is made of them.
        """
        order = self.table.order
        if differentiable and order.at_once:
            raise ValueError(f"'{order.name}' says that it moves at once, and asks for differentiable gradients")
        found: Found = self.look(partial(self.table.backward, differentiable=differentiable))
        if order.at_once or differentiable:
            return found
        return self.mean(found)

    def look(self, take: Callable[..., Any]) -> Any:
        """What `take` makes of everybody's sums of losses; the first look is logged and observed."""
        now, self.looked = Echo(self.now) if self.looked else self.now, True
        return self.compute(now, take)

    def losses(self, of: str) -> Tensor:
        """The sum of one player's losses, with a graph to that player's parameters and to nobody else's.

        A loss that trains some of its networks only is looked at by itself, with the others' parameters at rest too.
        """
        if not self.looked:
            self.look(lambda *sums: None)  # the first look, with everybody awake, is the one that is logged
        owned = self.table.players[of].owned
        parts = [tuple(only) for player, total, only in self._sums(set(owned), of) if total is not None]
        found = [
            total
            for part in dict.fromkeys(parts)
            for player, total, only in self._sums(set(part or owned), of)
            if total is not None and tuple(only) == part
        ]
        nothing = self.table.players[of].parameters[0].new_zeros(())
        return sum(found[1:], found[0] if found else nothing)

    def _sums(self, awake: set[str], of: str) -> list[tuple[str, Tensor | None, Sequence[str]]]:
        """A player's sums of losses, with a graph to the parameters of some of its networks alone."""
        players = self.table.players.values()
        resting = [p for player in players for name, own in player.owned.items() if name not in awake for p in own]
        for parameter in resting:
            parameter.requires_grad_(False)
        try:
            return self.look(lambda *sums: [row for row in sums if row[0] == of])  # type: ignore[no-any-return]
        finally:
            for parameter in resting:
                parameter.requires_grad_(True)

    def mean(self, gradients: Gradients) -> Found:
        """The mean of gradients over all processes."""
        return {name: reduce_gradients(rows, self.table.players[name].processes) for name, rows in gradients.items()}

    def move(self, gradients: Gradients) -> None:
        """One optimiser step of every player that is named, with these gradients, unless its gate is closed."""
        opened = self.gates(self.now) if self.gates else {}
        for name, rows in gradients.items():
            player = self.table.players[name]
            player.gradients = [row.detach() for row in rows]
            player.move(self.now, opened.get(name))


class Echo:
    """The same moment once more: what is computed then is neither logged nor observed."""

    def __init__(self, now: Any) -> None:
        self.now = now

    def __getattr__(self, name: str) -> Any:
        return getattr(self.now, name)

    def record(self, label: str, loss: Tensor) -> None:
        """It has been recorded."""

    def observe(self, name: str, *seen: Tensor) -> None:
        """It has been observed."""
