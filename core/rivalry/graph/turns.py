"""The rule of time: which turns share a batch, what is computed once for them, and in whose turn gradients flow
through it.
"""

from collections.abc import Iterable

from attrs import define, evolve, field, frozen

from rivalry.graph.nodes import HOLE, Graph, Node, Term, fill, networks, walk
from rivalry.interfaces import SamplePenalty
from rivalry.marks import ComparesScores, SeesSamples


@frozen
class Turn:
    """One player's move on the batch of its segment; `index` counts the turns of a step."""

    player: str
    index: int


@define
class Segment:
    """Turns that see one batch, and the tensors computed once for them, before anyone moves.

    `graph_user` names the player whose turn sends gradients through a shared tensor; every other turn only reads it.
    """

    index: int
    turns: list[Turn] = field(factory=list)
    shared: dict[Node, str | None] = field(factory=dict)
    names: dict[Node, str] = field(factory=dict)
    """What shared tensors are called, by the prelude and by every turn."""


def judges(graph: Graph) -> set[str]:
    """The networks that judge in some loss."""
    return {
        name
        for term in graph.terms
        if term.judge is not None and term.side in ("discriminator", "penalty")
        for name in term.trains
    }


def at_once(graph: Graph) -> bool:
    """Whether all players move on one batch, by no more than their own gradients where all stand."""
    return graph.together is not None and bool(getattr(graph.together.component, "at_once", False))


def differentiated_twice(graph: Graph) -> set[str]:
    """The networks that a penalty or a `gradient` differentiates by their input: training differentiates them again."""
    if graph.together is not None and not at_once(graph):
        return set(graph.networks)  # the order may ask for differentiable gradients
    found = {name for term in graph.terms if term.side == "penalty" for name in networks(term.judge)}
    roots = [root for term in graph.terms for root in tensors(term)]
    inner = (at.args[0] for root in roots for at in walk(root) if at.op == "gradient")
    return found.union(*map(networks, inner))


def leaves(terms: Iterable[Term]) -> set[Node]:
    """What some `gradient` of these losses differentiates by."""
    roots = [root for term in terms for root in tensors(term)]
    return {at.args[1] for root in roots for at in walk(root) if at.op == "gradient"}


def canonical(node: Node) -> Node:
    """The tensor that a node is, whether or not a turn detaches what it is computed from."""
    if node.op in ("detach", "leaf"):
        return canonical(node.args[0])
    args = tuple(map(canonical, node.args))
    return node if args == node.args else evolve(node, args=args)


def segments(graph: Graph, fakes: str) -> list[Segment]:
    """A new batch is drawn when a player is about to move that has already moved on the present one."""
    result = [Segment(0)]
    for index, player in enumerate(graph.order):
        if any(turn.player == player for turn in result[-1].turns):
            result.append(Segment(len(result)))
        result[-1].turns.append(Turn(player, index))
    if fakes == "shared":
        for segment in result:
            _share(graph, segment)
    return result


def batches(graph: Graph) -> int:
    """How many batches a step takes."""
    return len(segments(graph, "fresh"))


def needs(graph: Graph, player: str) -> list[Node]:
    """What a player's turn computes: its losses' tensors, judges filled, outermost only."""
    found: list[Node] = []
    for term in graph.terms_of(player):
        found += tensors(term)
    return found


def tensors(term: Term) -> list[Node]:
    """The tensors that one term needs."""
    if term.judge is None or term.real is None or term.fake is None:
        return list(term.of)
    scores = [fill(term.judge, term.fake)]
    if term.side == "generator":
        if issubclass(term.use.component, SeesSamples):
            scores += [term.real, term.fake]
        return [fill(term.judge, term.real), *scores] if compares(term) else scores
    component = term.use.component
    if term.side == "penalty" and issubclass(component, SamplePenalty):
        return [fill(term.judge, term.real if component.at == "real" else term.fake)]
    return [fill(term.judge, term.real), *scores]


def compares(term: Term) -> bool:
    """Whether the generator's side needs the real scores: by the objective's wish, or since it trains what stands
    upstream of them.
    """
    return issubclass(term.use.component, ComparesScores) or bool(term.trains & networks(term.real))


def _shareable(term: Term) -> list[Node]:
    """What a term is computed from, up to the judge: each turn sees the judge's own inside with other gradients."""
    if term.judge is None or term.real is None or term.fake is None:
        return list(term.of)
    return [term.real, term.fake, *(node for node in walk(term.judge) if HOLE not in set(walk(node)))]


def _share(graph: Graph, segment: Segment) -> None:
    judging, by = judges(graph), leaves(graph.terms)
    users: dict[Node, list[str]] = {}
    for turn in segment.turns:
        roots = [root for term in graph.terms_of(turn.player) for root in _shareable(term)]
        seen = dict.fromkeys(node for root in roots for node in walk(root))
        for node in seen:
            if (
                node.op in ("network", "operation", "augment", "output")
                and networks(node)
                and not networks(node) & judging
                and not any(at.op == "gradient" or (at in by and not networks(at)) for at in walk(node))
            ):
                users.setdefault(node, []).append(turn.player)
    moved: set[str] = set()
    for turn in segment.turns:
        mine = set(graph.players[turn.player].networks)
        for node, players in users.items():
            if len(players) < 2 or turn.player not in players:
                continue
            upstream = networks(node)
            through = bool(mine & upstream) and any(
                term.trains & mine & upstream for term in graph.terms_of(turn.player)
            )
            segment.shared.setdefault(node, None)
            if through and not upstream & moved and segment.shared[node] is None:
                segment.shared[node] = turn.player
        moved |= mine
