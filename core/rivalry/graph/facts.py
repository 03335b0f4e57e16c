"""Facts follow the graph: what is known of every network, and of the numbers and latents that feed them."""

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from attrs import define, field

from rivalry.errors import Fault, Path, nearest
from rivalry.fields import Field, Inputs
from rivalry.graph.nodes import Graph, Node, called, fill
from rivalry.interfaces import Latent, Observing, Schedule
from rivalry.signature import parameters
from rivalry.spec.uses import Live, Use

META = torch.device("meta")
END = 1e15  # steps, images or epochs: no schedule is still on its way


@define
class Facts:
    """What is known of every network: the fields of its inputs and of its output, and how many scores a sample a judge
    gives, where that is not one.
    """

    inputs: dict[str, Inputs] = field(factory=dict)
    output: dict[str, Field] = field(factory=dict)
    scores: dict[str, int] = field(factory=dict)

    def given(self, network: str) -> dict[str, Any]:
        """The facts that a network's constructor is given."""
        given: dict[str, Any] = {"inputs": self.inputs[network]}
        if network in self.output:
            given["output"] = self.output[network]
        if network in self.scores:
            given["scores"] = self.scores[network]
        return given


def widths(graph: Graph) -> tuple[dict[str, int], list[Fault]]:
    """How many scores a sample the judges are to give, as the objectives of their games want them, where that is not
    one; faults where games disagree, and where a network cannot.
    """
    wanted: dict[str, tuple[int, str]] = {}
    faults = []
    for term in graph.terms:
        if term.side != "discriminator" or term.judge is None or called(term.judge).op != "network":
            continue
        judge, width = called(term.judge).name, int(term.use.build().scores)
        if judge in wanted and wanted[judge][0] != width:
            other = f"{wanted[judge][0]} for '{wanted[judge][1]}'"
            message = f"'{judge}' is to give {other} and {width} for '{term.loss}' as scores of a sample"
            faults.append(Fault((*term.path, "judge"), message, "give each a judge of its own"))
        wanted.setdefault(judge, (width, term.loss))
        use = graph.networks[judge]
        if width > 1 and isinstance(use, Use) and "scores" not in parameters(use.component):
            message = f"'{term.use.name}' judges vectors of {width} scores a sample; '{use.name}' gives only one"
            faults.append(Fault((*term.path, "judge"), message, "take a judge that can give more, e.g. mlp or dcgan"))
    return {judge: width for judge, (width, _) in wanted.items() if width > 1}, faults


def samples_of(graph: Graph) -> Iterator[Node]:
    """Every tensor that a loss needs: judges are filled with what they judge."""
    for term in graph.terms:
        if term.judge is not None and term.real is not None and term.fake is not None:
            yield fill(term.judge, term.real)
            yield fill(term.judge, term.fake)
        yield from term.of
    yield from (observer.of for observer in graph.observers.values())
    yield from graph.flow.values()


def comparisons(graph: Graph) -> Iterator[tuple[Node, Node, Path]]:
    """Pairs of tensors that must look alike, and where that is written: real and fake of a game, the tensors of a
    loss that compares.
    """
    for term in graph.terms:
        if term.real is not None and term.fake is not None:
            reals, fakes = (node.args if node.op == "sequence" else (node,) for node in (term.real, term.fake))
            for index, (real, fake) in enumerate(zip(reals, fakes, strict=False)):
                yield real, fake, (*term.path, "fake", *([index] if term.fake.op == "sequence" else []))
        elif getattr(term.use.component, "compares", False):
            for index, (first, second) in enumerate(zip(term.of, term.of[1:], strict=False), 1):
                yield first, second, (*term.path, "of", index)


def numbers_at_end(graph: Graph) -> dict[str, Any]:
    """Every number that moves, as it stands at the end: a float, or a 0-dim tensor where it observes."""
    found: dict[str, Any] = {}
    for name, use in graph.numbers.items():
        schedule: Schedule = use.build()
        end = float(schedule.at(END))
        found[name] = torch.full((), end, device=META) if isinstance(schedule, Observing) else end
    return found


def sources_of(graph: Graph, fields: Mapping[str, Field]) -> dict[str, Latent]:
    """The latents of a game, told of the fields that they are to be like."""
    return {name: use.build(like=fields.get(words_of(use).get("like", ""))) for name, use in graph.latents.items()}


def latents_of(graph: Graph, fields: Mapping[str, Field]) -> tuple[dict[str, Latent], list[Fault]]:
    """The latents that can be made, and what is wrong with the others."""
    found: dict[str, Latent] = {}
    faults = []
    for name, use in graph.latents.items():
        like = words_of(use).get("like")
        if like is not None and like not in fields:
            faults.append(Fault(("latents", name, "like"), f"the data has no field '{like}'", nearest(like, fields)))
            continue
        try:
            found[name] = use.build(like=fields.get(like or ""))
        except ValueError as error:
            faults.append(Fault(("latents", name), str(error)))
    return found, faults


def words_of(use: Use | Live) -> Mapping[str, Any]:
    """What an entry says to the language."""
    return use.words if isinstance(use, Use) else {}
