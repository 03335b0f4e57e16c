"""How each form of a loss reads in a turn."""

from typing import TYPE_CHECKING

from rivalry.graph.nodes import Node, Term, fill, networks, replace, walk
from rivalry.graph.turns import compares
from rivalry.interfaces import NetworkPenalty, SamplePenalty
from rivalry.marks import Draws, SeesSamples
from rivalry.spec.uses import Ref, Use

if TYPE_CHECKING:
    from rivalry.graph.writer import Writer

Group = frozenset[str]


def groups(writer: "Writer", term: Term) -> list[tuple[Group, float]]:
    """The networks that a term's gradient must be kept to, with the factor for them; no names where it reaches no
    other of the player's.
    """
    parts = (term.judge, term.real, term.fake, *term.of)
    reached = writer.mine & set().union(*(networks(node) for node in parts if node))
    if term.side in ("discriminator", "penalty"):
        reached &= networks(term.judge)
    trained = term.trains & writer.mine
    factors: dict[float, set[str]] = {}
    for name in sorted(trained):
        factors.setdefault(term.factors.get(name, 1.0), set()).add(name)
    if len(factors) == 1 and reached <= trained:
        return [(frozenset(), next(iter(factors)))]
    return [(frozenset(names), factor) for factor, names in factors.items()]


def weighted(writer: "Writer", term: Term, name: str, factor: float = 1.0) -> str:
    """A loss times its weight and its network's factor, and times `every` where it is lazy."""
    if isinstance(term.weight, Ref | Use):
        moving = f"now.number({term.weight.name!r})" if isinstance(term.weight, Ref) else following(writer, term, name)
        constant = factor * term.every
        return f"{moving} * {name}" if constant == 1 else f"{constant!r} * {moving} * {name}"
    constant = float(term.weight) * term.every * factor  # type: ignore[arg-type]
    return name if constant == 1 else f"{constant!r} * {name}"


def following(writer: "Writer", term: Term, name: str) -> str:
    """A weight that follows gradients: written before the loss that it weighs."""
    assert isinstance(term.weight, Use)
    if term.loss not in writer.weights:
        words = term.weight.words
        of, over = (
            [other for loss in listed(words.get(word, [])) for other in writer.terms() if other.loss == loss]
            for word in ("of", "over")
        )
        sums = [
            " + ".join(name if t is term else weighted(writer, t, writer.losses[t.label]) for t in others)
            for others in (of, over)
        ]
        at = f"parts.{term.loss}"
        writer.weights[term.loss] = writer.fresh(f"{term.loss}_weight")
        call = f"weights.{term.loss}(gradients({sums[0]}, {at}), gradients({sums[1] or name}, {at}))"
        writer.write(f"{writer.weights[term.loss]} = {call}")
    return writer.weights[term.loss]


def listed(value: str | list[str]) -> list[str]:
    """One name as a list of it."""
    return [value] if isinstance(value, str) else value


def computed(writer: "Writer", term: Term) -> str:
    """The call that computes a term; what it needs is written first."""
    called = f"losses.{term.loss}"
    draw = [f"draw=now.draw({called!r})"] if issubclass(term.use.component, Draws) else []
    if issubclass(term.use.component, NetworkPenalty):
        return " + ".join(f"{called}.of_network({network})" for network in sorted(term.trains))
    if term.judge is None or term.real is None or term.fake is None:
        return f"{called}({', '.join([*map(writer.value, term.of), *draw])})"
    if term.side == "discriminator":
        real, fake = (scored(writer, writer.judged(term, sample)) for sample in (term.real, term.fake))
        seen = samples(writer, term, writer.seen(term.real), writer.seen(term.fake))
        return f"{called}.discriminator_loss({real}, {fake}{seen})"
    if term.side == "generator":
        real = scored(writer, fill(term.judge, term.real)) if compares(term) else "None"
        fake = scored(writer, fill(term.judge, term.fake))
        return f"{called}.generator_loss({real}, {fake}{samples(writer, term, term.real, term.fake)})"
    if issubclass(term.use.component, SamplePenalty):
        sample = term.real if term.use.component.at == "real" else term.fake
        scores = writer.value(writer.judged(term, sample))
        return f"{called}.of_gradient(input_gradient({scores}, {writer.leaf(sample)}))"
    # a penalty at points of its own receives the judge as a function of the sample
    joint = term.real.op == "sequence"
    judge = inlined(term.judge, writer, "*sample" if joint else "sample")
    given = [f"lambda sample: {judge}", writer.detached(term.real), writer.detached(term.fake), *draw]
    return f"{called}({', '.join(given)})"


def scored(writer: "Writer", node: Node) -> str:
    """Scores as an objective sees them: those of all processes, where there are several."""
    value = writer.value(node)
    return f"gather({value})" if writer.gathers else value


def samples(writer: "Writer", term: Term, *both: Node) -> str:
    """The real and the fake samples, for an objective that sees them beside their scores."""
    if not issubclass(term.use.component, SeesSamples):
        return ""
    rows = []
    for sample in both:
        value = f"joined({writer.value(sample)})" if sample.op == "sequence" else writer.value(sample)
        rows.append(f"gather({value})" if writer.gathers else value)
    return f", samples=({', '.join(rows)})"


def inlined(judge: Node, writer: "Writer", sample: str) -> str:
    """The judge as one expression of `sample`; everything else in it is context, computed outside."""
    if judge.op == "hole":
        return sample
    if not any(node.op == "hole" for node in walk(judge)):
        return writer.value(judge)
    arguments = [inlined(argument, writer, sample) for argument in judge.args]
    if judge.op == "arithmetic":
        return f"({arguments[0]} {judge.name} {arguments[1]})"
    if judge.op == "output":
        return f"{arguments[0]}.{judge.name}" if judge.name else f"{arguments[0]}[0]"
    stand_in = {argument: Node("number", text, text=text) for argument, text in zip(judge.args, arguments, strict=True)}
    filled = judge
    for argument, node in stand_in.items():
        filled = replace(filled, argument, node)
        writer.variables[node] = node.name
    return writer.call(filled)
