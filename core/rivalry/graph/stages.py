"""The games of a spec: one for each stage, or one alone."""

from collections.abc import Mapping
from typing import Any

from rivalry.errors import Fault, Path, nearest
from rivalry.fields import Field
from rivalry.graph.flow import build
from rivalry.graph.nodes import Graph, networks
from rivalry.graph.outline import SECTIONS, Outline, get, outline
from rivalry.graph.reading import Reading
from rivalry.interfaces import FittedLayer


def graphs(source: Any, fields: dict[str, Field] | None) -> tuple[list[Graph], list[Fault]]:
    """The graph of every game, or every fault of form."""
    stages = get(source, "stages")
    if not isinstance(stages, list) or not stages:
        graph, faults = build(outline(source, fields))
        return ([] if graph is None else [graph]), faults
    found: list[Graph] = []
    faults = []
    outlines = [outline(source, fields, stage, ("stages", index)) for index, stage in enumerate(stages)]
    for index, own in enumerate(outlines):
        graph, wrong = build(own, whole=False)
        faults += wrong
        found += [] if graph is None else [graph]
        faults += _entry(own, stages[index], ("stages", index))
    names = [get(stage, "name") for stage in stages]
    faults += [
        Fault(("stages", index, "name"), "is already the name of a stage", "rename one of them")
        for index, name in enumerate(names)
        if name in names[:index]
    ]
    faults += [
        Fault(("stages", index), f"wanted exactly one of steps, epochs, got {said}", "e.g. steps: 1000")
        for index, stage in enumerate(stages)
        if (said := _said(stage)) not in ("steps", "epochs")
    ]
    if not faults and len(found) == len(stages):
        faults += _untrained(source, outlines[0], fields, found)
    return found, list(dict.fromkeys(faults))


def _said(stage: Any) -> str:
    return " and ".join(word for word in ("steps", "epochs") if get(stage, word) is not None) or "none"


def _entry(own: Outline, stage: Any, path: Path) -> list[Fault]:
    """Faults of what a stage does on entry."""
    faults = []
    networks = own.networks

    def known(name: Any, where: Path, at_key: bool = False) -> bool:
        head = str(name).partition(".")[0]
        if head not in networks:
            faults.append(Fault(where, f"no network is called '{head}'", nearest(head, networks), at_key=at_key))
        return head in networks

    for index, name in enumerate(own.frozen):
        known(name, (*path, "freeze", index))
    copies = get(stage, "copy") if isinstance(stage, Mapping) else stage.copies
    for target, origin in copies.items() if isinstance(copies, Mapping) else ():
        known(target, (*path, "copy", target), at_key=True)
        known(origin, (*path, "copy", target))
    fits = get(stage, "fit")
    reading = Reading(own, faults)
    for name, text in fits.items() if isinstance(fits, Mapping) else ():
        if not known(name, (*path, "fit", name), at_key=True):
            continue
        use = networks[name][1]
        if use is not None and not issubclass(use.component, FittedLayer):
            message = f"'{name}' cannot be fitted: '{use.name}' computes nothing from data"
            faults.append(Fault((*path, "fit", name), message, "train it by a loss", at_key=True))
        reading.several(text, (*path, "fit", name))
    return faults


def _untrained(source: Any, own: Outline, fields: dict[str, Field] | None, found: list[Graph]) -> list[Fault]:
    """A network that no stage trains, though it has something to train; of layers, one that no stage uses."""
    trained: set[str] = set().union(*(term.trains for graph in found for term in graph.terms))
    roots = [root for graph in found for term in graph.terms for root in (term.judge, term.real, term.fake, *term.of)]
    used = trained.union(*map(networks, roots))
    outer, _ = build(outline(source, fields), whole=False)
    faults = []
    for name, (kind, _) in own.networks.items():
        if name not in (used if kind == "layer" else trained):
            section = next(section for section, of in SECTIONS.items() if of == kind)
            could = sorted({term.loss for term in outer.terms if name in term.trains}) if outer else []
            fix = f"add to a stage: {', '.join(could)}" if could else "add a loss on its output or remove it"
            faults.append(Fault((section, name), f"no stage trains '{name}'", fix))
    return faults
