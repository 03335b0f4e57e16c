"""The nodes of a training graph: values without behaviour, equal when they mean the same tensor."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from attrs import evolve, field, frozen

from rivalry.errors import Path
from rivalry.spec.schema import Live, Ref, Use

Op = Literal[
    "data", "latent", "network", "augment", "operation", "gradient", "output", "arithmetic", "number", "moving",
    "latest", "sequence", "hole", "detach", "leaf",
]  # fmt: skip


@frozen(cache_hash=True)
class Node:
    """One tensor. `name` is the source, network, operation, output or operator; equal nodes are computed once.

    An `output` without a name is the main one. `moving` is a number of a schedule, `latest` a loss's last value.

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


def numeric(node: Node) -> bool:
    """Whether a node is a number, not a tensor with a batch."""
    return node.op in ("number", "moving", "latest") or (node.op == "arithmetic" and all(map(numeric, node.args)))


def called(node: Node) -> Node:
    """The call whose main output a node is; any other node itself."""
    return node.args[0] if node.op == "output" and not node.name else node


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
    """One side of one loss: what is computed, how much it counts and which networks it trains.

    `factors` are those of `trains` where they are not 1; `at` is where a weight that follows gradients takes them.
    """

    loss: str
    side: Side
    use: Use | Live
    weight: "float | Use | Live | Ref"
    every: int
    trains: frozenset[str]
    judge: Node | None = None
    real: Node | None = None
    fake: Node | None = None
    of: tuple[Node, ...] = ()
    factors: Mapping[str, float] = field(factory=dict, hash=False)
    after: int = 0
    apart: bool = False
    path: Path = ()

    @property
    def label(self) -> str:
        """The name it is logged under: game.discriminator, game.generator, or the loss's own."""
        return f"{self.loss}.{self.side}" if self.side in ("discriminator", "generator") else self.loss

    @property
    def rare(self) -> bool:
        """Whether it is computed in some steps only."""
        return self.every > 1 or self.after > 0

    def when(self) -> str:
        """The condition under which it is active, as the step says it; "" for always."""
        lazy = f"now.step % {self.every} == 0" if self.every > 1 else ""
        late = f"now.step >= {self.after}" if self.after else ""
        return " and ".join(filter(None, (late, lazy)))


@frozen
class Player:
    """Who moves: some networks, how, and under which condition on the losses' last values."""

    name: str
    networks: tuple[str, ...]
    optimizer: "Use | Live"
    when: Node | None = None


@frozen
class Observer:
    """What a moving number observes, and over how many steps it collects that before it follows."""

    of: Node
    every: int = 1

    @property
    def parts(self) -> tuple[Node, ...]:
        """The tensors that it observes."""
        return self.of.args if self.of.op == "sequence" else (self.of,)


@frozen
class Graph:
    """A checked game: sources, networks, named tensors, the terms of its losses, players and their order.

    `numbers` are the schedules by name, or by path for those written in place; `order` is who moves when, `together`
    the component that plays it where all move on one batch at once; `measured` are the tensors that metrics ask for.
    """

    flow: dict[str, Node]
    networks: "dict[str, Use | Live]"
    latents: "dict[str, Use | Live]"
    terms: tuple[Term, ...]
    players: dict[str, Player]
    order: tuple[str, ...]
    names: dict[Node, str]
    augments: "dict[str, Use | Live]" = field(factory=dict)
    numbers: "dict[str, Use | Live]" = field(factory=dict)
    observers: dict[str, Observer] = field(factory=dict)
    together: "Use | Live | None" = None
    frozen: frozenset[str] = frozenset()
    sample: Node | None = None
    measured: dict[str, tuple[Node, ...]] = field(factory=dict)

    def owner(self, network: str) -> str | None:
        """The player that moves a network; None for one that nobody moves."""
        return next((player.name for player in self.players.values() if network in player.networks), None)

    def terms_of(self, player: str) -> list[Term]:
        """The terms that a player minimises."""
        mine = set(self.players[player].networks)
        return [term for term in self.terms if term.trains & mine]
