"""The nodes of a training graph: values without behaviour, equal when they mean the same tensor."""

from collections.abc import Iterator
from typing import Any, Literal

from attrs import evolve, field, frozen

from rivalry.errors import Path
from rivalry.spec.schema import Live, Use

Op = Literal[
    "data", "latent", "network", "operation", "output", "arithmetic", "number", "sequence", "hole", "detach", "leaf"
]


@frozen(cache_hash=True)
class Node:
    """One tensor. `name` is the source, network, operation, output or operator; equal nodes are computed once.

    `text` is how the expression reads, `path` and `offset` where it was first written; they do not count in comparison.
    """

    op: Op
    name: str = ""
    args: "tuple[Node, ...]" = ()
    constants: tuple[tuple[str, Any], ...] = ()
    text: str = field(default="", eq=False)
    path: Path = field(default=(), eq=False)
    offset: int = field(default=0, eq=False)


HOLE = Node("hole", text="_")


def walk(node: Node) -> Iterator[Node]:
    """Every node upstream of this one, itself last, each once, arguments before results."""
    seen: set[Node] = set()

    def visit(at: Node) -> Iterator[Node]:
        if at in seen:
            return
        seen.add(at)
        for argument in at.args:
            yield from visit(argument)
        yield at

    return visit(node)


def networks(node: Node | None) -> set[str]:
    """The networks upstream of a node."""
    return set() if node is None else {at.name for at in walk(node) if at.op == "network"}


def reaching(node: Node, target: Node) -> set[str]:
    """The networks that stand between `target` and this node."""
    return {at.name for at in walk(node) if at.op == "network" and target in set(walk(at))}


def replace(node: Node, old: Node, new: Node) -> Node:
    """The same expression with one node in place of another."""
    done: dict[Node, Node] = {old: new}
    for at in walk(node):
        if at not in done:
            args = tuple(done[argument] for argument in at.args)
            text = at.text.replace(old.text, new.text) if old.op == "hole" else at.text
            done[at] = at if args == at.args else evolve(at, args=args, text=text)
    return done[node]


def fill(judge: Node, sample: Node) -> Node:
    """The judge expression on a sample; a list of tensors fills several arguments."""
    if sample.op != "sequence":
        return replace(judge, HOLE, sample)

    done: dict[Node, Node] = {}
    for at in walk(judge):
        args = [part for argument in at.args for part in (sample.args if argument == HOLE else (done[argument],))]
        done[at] = evolve(at, args=tuple(args))
    return done[judge]


Side = Literal["discriminator", "generator", "penalty", "loss"]


@frozen
class Term:
    """One side of one loss: what is computed, how much it counts and which networks it trains."""

    loss: str
    side: Side
    use: Use | Live
    weight: "float | Use | Live"
    every: int
    trains: frozenset[str]
    judge: Node | None = None
    real: Node | None = None
    fake: Node | None = None
    of: tuple[Node, ...] = ()

    @property
    def label(self) -> str:
        """The name it is logged under: game.discriminator, game.generator, or the loss's own."""
        return f"{self.loss}.{self.side}" if self.side in ("discriminator", "generator") else self.loss


@frozen
class Player:
    """Who moves: some networks and how."""

    name: str
    networks: tuple[str, ...]
    optimizer: "Use | Live"


@frozen
class Graph:
    """A checked game: sources, networks, named tensors, the terms of its losses, players and their order."""

    flow: dict[str, Node]
    networks: "dict[str, Use | Live]"
    latents: "dict[str, Use | Live]"
    terms: tuple[Term, ...]
    players: dict[str, Player]
    order: tuple[str, ...]
    names: dict[Node, str]

    def owner(self, network: str) -> str:
        """The player that moves a network."""
        return next(player.name for player in self.players.values() if network in player.networks)

    def terms_of(self, player: str) -> list[Term]:
        """The terms that a player minimises."""
        mine = set(self.players[player].networks)
        return [term for term in self.terms if term.trains & mine]
