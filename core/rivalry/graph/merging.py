"""Whether one backward pass through the judge serves both sides of a game, or why it does not."""

from collections.abc import Iterator, Mapping

from torch import Tensor, nn

from rivalry.graph.nodes import HOLE, Graph, Node, Term, networks, walk
from rivalry.graph.reading import Reading
from rivalry.graph.turns import at_once, compares
from rivalry.interfaces import SamplePenalty, Scores
from rivalry.marks import ComparesScores, CouplesBatch, CouplesWeakly, SeesSamples
from rivalry.plugins import plugins
from rivalry.spec.uses import Live, Use


def sides(graph: Graph) -> tuple[Term, Term] | None:
    """The two sides of the only objective of a game; None where there is another number of them."""
    found = [term for term in graph.terms if term.side in ("discriminator", "generator")]
    if len(found) != 2 or found[0].side == found[1].side or found[0].loss != found[1].loss:
        return None
    critic, own = sorted(found, key=lambda term: term.side)
    return critic, own


def obstacles(graph: Graph) -> list[str]:
    """Why, by the graph alone, the two sides of its game need a backward pass each; nothing where they need not."""
    if not at_once(graph):
        return ["the order needs each player's gradients by themselves"]
    pair = sides(graph)
    if pair is None:
        labels = ", ".join(t.label for t in graph.terms if t.side in ("discriminator", "generator"))
        return [f"wanted one objective with both its sides, got {labels or 'none'}"]
    return [*_of_game(graph, *pair), *_of_others(graph, *pair)]


def _of_game(graph: Graph, critic: Term, own: Term) -> Iterator[str]:
    assert critic.judge is not None
    assert critic.fake is not None
    name, judging = critic.loss, critic.trains
    trained = set(own.trains)
    if critic.rare or critic.apart:
        yield f"'{name}' is not there in every step"
    if issubclass(critic.use.component, ComparesScores):
        yield f"'{critic.use.name}' holds the scores of a batch against each other"
    elif issubclass(critic.use.component, SeesSamples):
        yield f"'{critic.use.name}' sees the samples beside their scores"
    elif compares(own):
        upstream = ", ".join(sorted(own.trains & networks(own.real)))
        yield f"'{upstream}' learns from the real side of '{name}' too"
    if critic.fake != own.fake:
        yield f"the judge of '{name}' is shown replayed samples"
    if judging & networks(critic.fake):
        yield f"'{', '.join(sorted(judging & networks(critic.fake)))}' judges what it made itself"
    if context := trained & networks(critic.judge):
        yield f"'{', '.join(sorted(context))}' makes a condition of the judge and learns from its score"
    players = {graph.owner(network) for network in judging}
    if len(players) != 1 or players & {graph.owner(network) for network in trained}:
        yield f"the judge of '{name}' has no player of its own"
    elif bound := _bound(graph, critic):
        yield f"'{', '.join(sorted(bound))}' stands in the judge, and its player does not move it by '{name}'"
    for at in walk(critic.judge):
        if at.op == "gradient":
            yield f"'{at.text}' in the judge is a gradient itself"
        mixing = (CouplesBatch, CouplesWeakly)
        if at.op == "operation" and HOLE in set(walk(at)) and issubclass(plugins().find("operation", at.name), mixing):
            yield f"'{at.name}' in the judge mixes the samples of a batch"
        if at.op == "augment" and issubclass(graph.augments[at.name].component, mixing):
            yield f"the augment '{at.name}' mixes the samples of a batch"


def _bound(graph: Graph, critic: Term) -> set[str]:
    """Networks of the judge's player that stand in the judge without being trained by its loss."""
    player = graph.owner(next(iter(critic.trains)))
    mine = set(graph.players[player].networks) if player else set()
    return (networks(critic.judge) & mine) - critic.trains


def _of_others(graph: Graph, critic: Term, own: Term) -> Iterator[str]:
    for term in graph.terms:
        weight = term.weight
        if isinstance(weight, Use) and weight.kind == "weight":
            yield f"the weight of '{term.loss}' follows gradients"
        if term in (critic, own):
            continue
        if term.side == "penalty":
            at_fakes = issubclass(term.use.component, SamplePenalty) and term.use.component.at == "fake"
            if at_fakes:
                yield f"'{term.loss}' looks at the fakes through the judge too"
        elif any(_judged(node, critic.trains, own.trains) for node in term.of):
            yield f"a second loss, '{term.loss}', passes the judge with what the generator makes"
        elif any(networks(node) & critic.trains for node in term.of) and not term.trains <= critic.trains:
            yield f"a second loss, '{term.loss}', sends gradients through the judge"

    for name, observer in graph.observers.items():
        if any(at.op == "gradient" and networks(at) & critic.trains for at in walk(observer.of)):
            yield f"'{name}' observes a gradient through the judge"


def _judged(root: Node, judging: frozenset[str], makers: frozenset[str]) -> bool:
    """Whether a judging network is called on what the makers made."""
    return any(
        at.op == "network" and at.name in judging and any(networks(argument) & makers for argument in at.args)
        for at in walk(root)
    )


def obstacles_within(graph: Graph, built: Mapping[str, nn.Module], scores: Scores) -> list[str]:
    """Why, by the networks as they are built and by the scores that they give, it cannot be."""
    pair = sides(graph)
    assert pair is not None
    found = []
    for name in sorted(networks(pair[0].judge) & set(built)):
        for module in built[name].modules():
            if isinstance(module, CouplesBatch | CouplesWeakly | nn.modules.batchnorm._BatchNorm):
                found.append(f"'{name}' mixes the samples of a batch ({type(module).__name__})")
                break
    if not isinstance(scores, Tensor):
        found.append(f"'{pair[0].loss}' has scores at {len(scores)} scales, wanted one score a sample")
    elif scores.ndim > 2 or scores[:1].numel() != 1:
        shape = ", ".join(["N", *map(str, scores.shape[1:])])
        found.append(f"'{pair[0].loss}' has scores [{shape}], wanted one score a sample")
    return found


def verdict(graph: Graph, reasons: "list[str] | tuple[str, ...]") -> str:
    """Which form of a joint step runs, and why not the shorter one; "" for turns."""
    if graph.together is None:
        return ""
    name = graph.together.name
    if not at_once(graph):
        return f"{name}: all losses on one joint graph, and one backward pass for each player wherever the order looks"
    if not reasons:
        return f"{name}: one forward and one backward pass through the judge on the fakes serve both sides"
    return f"{name}: one forward pass for all, and one backward pass for each player, since {'; '.join(reasons)}"


def misfits(reading: Reading, terms: list[Term]) -> None:
    """Losses that cannot be where all players move at once are faults."""
    order = reading.source.order
    if not isinstance(order, Use | Live):
        return
    for term in terms:
        if term.apart:
            message = f"'{term.loss}' wants an optimiser step of its own, but under '{order.name}' all move at once"
            reading.fault((*term.path, "apart"), message, "leave apart out, or write the order as a list of players")
