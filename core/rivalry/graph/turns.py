"""The rule of time: which turns share a batch, what is computed once for them, and in whose turn gradients flow
through it.
"""

from attrs import define, field, frozen

from rivalry.graph.nodes import HOLE, Graph, Node, Term, fill, networks, walk
from rivalry.interfaces import SamplePenalty
from rivalry.marks import ComparesScores


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


def judges(graph: Graph) -> set[str]:
    """The networks that judge in some loss."""
    return {
        name
        for term in graph.terms
        if term.judge is not None and term.side in ("discriminator", "penalty")
        for name in term.trains
    }


def differentiated_twice(graph: Graph) -> set[str]:
    """The networks that a penalty differentiates by their input, so that training differentiates them again."""
    return {name for term in graph.terms if term.side == "penalty" for name in networks(term.judge)}


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
    judging = judges(graph)
    users: dict[Node, list[str]] = {}
    for turn in segment.turns:
        roots = [root for term in graph.terms_of(turn.player) for root in _shareable(term)]
        seen = dict.fromkeys(node for root in roots for node in walk(root))
        for node in seen:
            if node.op in ("network", "operation", "output") and networks(node) and not networks(node) & judging:
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
