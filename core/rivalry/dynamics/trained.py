"""The game of a finished run: leading eigenvalues of its joint Jacobian, by products alone."""

from collections.abc import Callable
from math import lcm
from pathlib import Path
from typing import Any, ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry import checkpoint
from rivalry.checking import open_datasets, substance
from rivalry.dynamics.krylov import Leading, arnoldi
from rivalry.dynamics.wide import Wide
from rivalry.engine import Engine
from rivalry.errors import RunError
from rivalry.graph.binding import bindings, compiled
from rivalry.interfaces import Joint, Order
from rivalry.opening import read_lock, read_spec
from rivalry.pieces import load_modules, play_once
from rivalry.spec.load import tree_of
from rivalry.spec.model import Spec
from rivalry.spec.uses import Live


@frozen
class Trained:
    """What was found about the game at a checkpoint. The field is minus every player's gradient of its own losses."""

    step: int
    batch: int
    parameters: dict[str, int]
    """How many each player has."""
    leading: Leading


@frozen
class Looker(Order):
    """An order that moves nobody: it hands the joint game to `look`."""

    name: ClassVar[str] = "looker"
    paper: ClassVar[str] = "none: an analysis"

    look: Callable[[Joint], None]

    def play(self, game: Joint) -> None:
        """Only look; where there are shapes but no numbers, the check learns who is trained by what."""
        first = next(row for rows in game.parameters().values() for row in rows)
        if first.device.type == "meta":
            game.move(game.gradients())
        else:
            self.look(game)


def spectrum_of_run(folder: Path, settings: list[str] | None = None, count: int = 6) -> Trained:
    """Of the run in a folder, at its newest checkpoint; RunError says in words what stands in the way."""
    if count < 1:
        raise RunError(f"wanted at least one eigenvalue, got {count}")
    found: list[Trained] = []

    def look(game: Joint) -> None:
        sizes = {name: sum(p.numel() for p in rows) for name, rows in game.parameters().items()}
        product = products(game)
        found.append(Trained(0, 0, sizes, arnoldi(product, sum(sizes.values()), count)))

    step, batch = looked(folder, settings or [], look)
    return Trained(step, batch, found[0].parameters, found[0].leading)


def products(game: Joint) -> Callable[[Tensor], Tensor]:
    """J^T u for vectors u [n], J the Jacobian of the field -v: its eigenvalues are those of J."""
    parameters = game.parameters()
    found = game.gradients(differentiable=True)
    wanted = [p for name in found for p in parameters[name]]
    rows = [row for name in found for row in found[name]]
    kept = [index for index, row in enumerate(rows) if row.requires_grad]
    sizes = [p.numel() for p in wanted]

    def product(u: Tensor) -> Tensor:
        parts = [part.reshape(p.shape) for part, p in zip(u.split_with_sizes(sizes), wanted, strict=True)]
        back = torch.autograd.grad(
            [rows[i] for i in kept], wanted, [-parts[i] for i in kept], retain_graph=True, allow_unused=True,
            materialize_grads=True,
        )  # fmt: skip
        return torch.cat([gradient.flatten() for gradient in back])

    return product


def looked(folder: Path, settings: list[str], look: Callable[[Joint], None]) -> tuple[int, int]:
    """Let `look` see the joint game of a run in float64; the step of the checkpoint and the size of the batch."""
    lock = read_lock(folder)
    before = read_spec(folder, lock, settings)
    saved, complaints = checkpoint.newest(folder)
    if saved is None:
        raise RunError(f"{folder} has no checkpoint that can be read" + "".join(f"; {line}" for line in complaints))
    if before.stages:
        raise RunError("a run of several stages is several games: this looks at runs of one")
    plain: dict[str, Any] = before.plain(live=True)
    plain["train"] |= {"order": Live("order", Looker(look)), "precision": "float32", "compile": False,
                       "fakes": "shared", "channels_last": False}  # fmt: skip
    spec = Spec.of(tree_of(plain, []), lock.fields)
    checked = substance(spec, lock.fields)
    engine = Engine(spec, checked.facts, checked.confirmed, open_datasets(spec), torch.device("cpu"))
    try:
        load_modules(engine.modules(), saved.tensors)
        engine.now.restore(saved.tensors)
    except (KeyError, RuntimeError) as error:
        raise RunError(f"the checkpoint of {folder} does not fit: {str(error).splitlines()[0]}") from error
    for module in engine.networks.values():
        module.double()
    terms = spec.graph.terms
    every = lcm(*(term.every for term in terms))
    engine.now.step = -(-max(saved.step, *(term.after for term in terms)) // every) * every  # where all losses count
    step = compiled(engine.program, bindings(spec.graph, engine.networks, engine.players), "dynamics")
    try:
        play_once(step, Wide(engine.now), spec.train.seed)  # type: ignore[arg-type]
    except RuntimeError as error:
        raise RunError(f"the game cannot be differentiated twice: {str(error).splitlines()[0]}") from error
    return saved.step, spec.train.batch


def words(found: Trained) -> str:
    """What was found."""
    from rivalry.cli import table
    from rivalry.dynamics.text import number

    sizes = ", ".join(f"{count:,} of {name}" for name, count in found.parameters.items())
    leading = found.leading
    rows = [["largest real part", "residual", "  ", "largest modulus", "residual"]]
    rows += [[number(a.value), f"{a.residual:.0e}", "", number(b.value), f"{b.residual:.0e}"]
             for a, b in zip(leading.rightmost, leading.largest, strict=True)]  # fmt: skip
    right = leading.rightmost[0].value.real
    if right > 1e-6:
        verdict = f"some direction grows, like exp({right:.3g} t): this is no stable point of the flow"
    elif right < -1e-6:
        verdict = f"every direction shrinks, the slowest like exp({right:.3g} t)"
    else:
        verdict = "no direction grows, and some are marginal"
    return (
        f"The game at step {found.step:,}, on one batch of {found.batch}: {sizes}\n"
        f"  eigenvalues of the Jacobian of -(every player's gradient), by {leading.products} products\n\n"
        f"{table(rows, '  ')}\n\nVerdict       {verdict}"
    )
