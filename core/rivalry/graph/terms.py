"""How each form of a loss reads in a turn."""

from typing import TYPE_CHECKING

from rivalry.graph.nodes import Node, Term, fill, networks, replace, walk
from rivalry.graph.turns import compares
from rivalry.interfaces import SamplePenalty
from rivalry.marks import Draws

if TYPE_CHECKING:
    from rivalry.graph.writer import Writer


def kept_to(writer: "Writer", term: Term) -> frozenset[str]:
    """The networks that a term's gradient must be kept to; none where it reaches no other of the player's."""
    parts = (term.judge, term.real, term.fake, *term.of)
    reached = writer.mine & set().union(*(networks(node) for node in parts if node))
    if term.side in ("discriminator", "penalty"):
        reached &= networks(term.judge)
    return frozenset() if reached <= term.trains else frozenset(term.trains & writer.mine)


def weighted(term: Term, name: str) -> str:
    """A loss times its weight, and times `every` where it is lazy."""
    if not isinstance(term.weight, int | float):
        factor = f"now.number({f'losses.{term.loss}.weight'!r})"
        return f"{term.every} * {factor} * {name}" if term.every > 1 else f"{factor} * {name}"
    constant = float(term.weight) * term.every
    return name if constant == 1 else f"{constant!r} * {name}"


def computed(writer: "Writer", term: Term) -> str:
    """The call that computes a term; what it needs is written first."""
    called = f"losses.{term.loss}"
    if term.judge is None or term.real is None or term.fake is None:
        return f"{called}({', '.join(map(writer.value, term.of))})"
    if term.side == "discriminator":
        real, fake = (scored(writer, writer.judged(term, sample)) for sample in (term.real, term.fake))
        return f"{called}.discriminator_loss({real}, {fake})"
    if term.side == "generator":
        real = scored(writer, fill(term.judge, term.real)) if compares(term) else "None"
        return f"{called}.generator_loss({real}, {scored(writer, fill(term.judge, term.fake))})"
    if issubclass(term.use.component, SamplePenalty):
        sample = term.real if term.use.component.at == "real" else term.fake
        scores = writer.value(writer.judged(term, sample))
        return f"{called}.of_gradient(input_gradient({scores}, {writer.leaf(sample)}))"
    # a penalty at points of its own receives the judge as a function of the sample
    judge = inlined(term.judge, writer)
    draw = f", draw=now.draw({called!r})" if issubclass(term.use.component, Draws) else ""
    return f"{called}(lambda sample: {judge}, {writer.detached(term.real)}, {writer.detached(term.fake)}{draw})"


def scored(writer: "Writer", node: Node) -> str:
    """Scores as an objective sees them: those of all processes, where there are several."""
    value = writer.value(node)
    return f"gather({value})" if writer.gathers else value


def inlined(judge: Node, writer: "Writer") -> str:
    """The judge as one expression of `sample`; everything else in it is context, computed outside."""
    if judge.op == "hole":
        return "sample"
    if not any(node.op == "hole" for node in walk(judge)):
        return writer.value(judge)
    arguments = [inlined(argument, writer) for argument in judge.args]
    if judge.op == "arithmetic":
        return f"({arguments[0]} {judge.name} {arguments[1]})"
    stand_in = {argument: Node("number", text, text=text) for argument, text in zip(judge.args, arguments, strict=True)}
    if judge.op == "output":
        return f"{arguments[0]}.{judge.name}"
    if judge.op == "network":
        return f"{judge.name}({', '.join(arguments)})"
    filled = judge
    for argument, node in stand_in.items():
        filled = replace(filled, argument, node)
        writer.variables[node] = node.name
    return writer.call(filled)
