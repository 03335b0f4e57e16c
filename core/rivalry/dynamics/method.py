"""A training method on a Dirac game, as a map of its whole state."""

import re
from collections.abc import Callable

import torch
from attrs import frozen
from torch import Tensor

from rivalry.dynamics.field import BROKEN
from rivalry.dynamics.game import Games, Setting
from rivalry.dynamics.seat import Seat
from rivalry.errors import RunError
from rivalry.interfaces import Optimizer, Order

ALTERNATING = ("discriminator", "generator")
TURN = re.compile(r"\s*(discriminator|generator)\s*(?:\*\s*([1-9]\d*))?\s*")
STEP = 1e-4


@frozen
class Method:
    """How the players move: an optimiser for each, whose rate the discriminator's is `ratio` times, and an order."""

    optimizer: Optimizer
    order: Order | tuple[str, ...] = ALTERNATING
    lr: float | None = None

    @property
    def rate(self) -> float:
        """The generator's learning rate."""
        return float(self.optimizer.lr) if self.lr is None else self.lr

    def words(self, setting: Setting) -> str:
        """The method in a few words."""
        order = ", ".join(self.order) if isinstance(self.order, tuple) else self.order.name
        order = "alternating" if self.order == ALTERNATING else order
        faster = f", the discriminator's {setting.ratio:g} times that" if setting.ratio != 1 else ""
        return f"{self.optimizer.name}, lr {self.rate:g}{faster}, {order}"


@frozen
class Discrete:
    """What a method does near the equilibrium."""

    words: str
    radius: float | None
    """The spectral radius of a step's linear part; None where it has none."""
    eigenvalues: tuple[complex, ...]
    reason: str = ""
    """Why there is none."""
    factor: float | None = None
    """By how much the distance changed a step when it was tried, where there is no radius."""


def turns(text: str) -> tuple[str, ...]:
    """`alternating`, or the turns of a step as a spec writes them: `discriminator * 5, generator`."""
    if text == "alternating":
        return ALTERNATING
    found = [TURN.fullmatch(part) for part in text.strip("[] ").split(",")]
    if not all(found):
        raise RunError(f"wanted turns such as 'discriminator * 5, generator', got '{text}'")
    return tuple(name for match in found if match for name in [match[1]] * int(match[2] or 1))


def discrete(method: Method, setting: Setting) -> Discrete:
    """The linear part of one step at the equilibrium, by central differences of the step itself.

    It is of everything that the step carries on: the players, the optimisers' states, the order's memory. Two sizes of
    difference that disagree show that there is none.
    """
    words = method.words(setting)
    try:
        seat = Seat(Games(setting), method.optimizer, method.order, method.rate)
        seat.play()  # what is remembered is there, and at rest
        rest, start = seat.vector(), setting.equilibrium
        if not torch.allclose(seat.games.points()[0], start, atol=1e-9):
            return Discrete(words, None, (), "the method does not rest at the equilibrium")
        coarse, fine = (_slopes(seat, rest, step) for step in (STEP, STEP / 10))
    except BROKEN as error:
        return Discrete(words, None, (), f"the method cannot play this game: {str(error).splitlines()[0]}")
    scale = max(1.0, coarse.abs().max().item())
    if not (fine.isfinite().all() and ((coarse - fine).abs() <= 1e-3 * scale).all()):
        reason = "its step has no linear part at rest, as of a kink or of a division by the gradient's own size"
        return Discrete(words, None, (), reason, tried(method, setting))
    values = [complex(value) for value in torch.linalg.eigvals(coarse).tolist()]
    values.sort(key=abs, reverse=True)
    return Discrete(words, abs(values[0]), tuple(values))


def _slopes(seat: Seat, rest: Tensor, step: float) -> Tensor:
    def after(point: Tensor) -> Tensor:
        seat.restore(point)
        seat.play()
        return seat.vector()

    columns = [(after(rest + move) - after(rest - move)) / (2 * step) for move in step * torch.eye(len(rest)).to(rest)]
    return torch.stack(columns, 1)


def tried(method: Method, setting: Setting, radius: float = 0.1, steps: int = 400) -> float:
    """The mean factor of the distance over the second half of so many steps."""
    games = Games(setting)
    n = len(setting.names)
    games.place((setting.equilibrium + radius / n**0.5)[None])
    seat = Seat(games, method.optimizer, method.order, method.rate)
    distance: Callable[[], float] = lambda: float((games.points()[0] - setting.equilibrium).norm())  # noqa: E731
    for _ in range(steps // 2):
        seat.play()
    half = distance()
    for _ in range(steps // 2):
        seat.play()
    return float((distance() / max(half, 1e-300)) ** (2 / steps))
