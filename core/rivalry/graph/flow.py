"""The graph of a game from the outline of its spec, or every fault of form that prevents it."""

import re
from collections.abc import Mapping

from attrs import evolve

from rivalry.errors import Fault, nearest
from rivalry.graph.conditions import condition
from rivalry.graph.credit import Credit
from rivalry.graph.merging import misfits
from rivalry.graph.naming import RESERVED
from rivalry.graph.nodes import Graph, Player, Term, walk
from rivalry.graph.numbers import numbers_of, observers_of, told, weighed
from rivalry.graph.outline import SECTIONS, Outline
from rivalry.graph.reading import Reading
from rivalry.spec.schema import default
from rivalry.spec.uses import Live, Use

ORDER = re.compile(r"\s*(\w+)\s*(?:\*\s*(\d+)\s*)?")
MOST_TURNS = 1_000
DEEPEST = 150


def build(source: Outline, whole: bool = True) -> tuple[Graph | None, list[Fault]]:
    """The graph, or None with the faults that prevent it; `whole` where this game is the only one of its spec."""
    reading = Reading(source, list(source.faults), partial=source.fields is None)
    credit = Credit(reading)
    try:
        flow = {name: node for name in source.flow if (node := reading.named(name, ("flow", name))) is not None}
        terms = [term for loss in source.losses for term in credit.terms(loss)]
        terms = [left for term in terms if (left := _thawed(term, reading)) is not None]
        numbers = numbers_of(reading)
        observers = observers_of(reading)
        sample, measured = told(reading)
    except RecursionError:
        return None, [*reading.faults, Fault(("flow",), "wanted names that rest on fewer others in a row")]
    if (longest := max(reading.depths.values(), default=0)) > DEEPEST:
        reading.fault(("flow",), f"wanted tensors that rest on at most {DEEPEST} others in a row, got {longest}")
    if source.frozen and not terms and source.losses and not reading.faults and not reading.partial:
        reading.fault((*source.stage, "freeze"), "nothing is left to train: every network is frozen", "leave one out")
    misfits(reading, terms)
    players = players_of(reading, terms, whole)
    weighed(reading, terms, players)
    reserved(reading)
    together = source.order if isinstance(source.order, Use | Live) else None
    order = list(players) if together else order_of(reading, list(players))
    if whole and not reading.faults and not reading.partial:
        everyone_is_trained(reading, terms)
    if reading.faults or reading.partial:
        return None, reading.faults
    names = {node: name for name, node in flow.items()}
    graph = Graph(
        flow, _known({name: use for name, (_, use) in source.networks.items()}), _known(source.latents), tuple(terms),
        players, tuple(order), names, _known(source.augments), numbers, observers, together, frozenset(source.frozen),
        sample, measured,
    )  # fmt: skip
    return graph, []


def _known(entries: Mapping[str, Use | Live | None]) -> dict[str, Use | Live]:
    return {name: use for name, use in entries.items() if use is not None}


def _thawed(term: Term, reading: Reading) -> Term | None:
    """The term without the networks that rest in this stage; None where none is left of one side of a game."""
    trains = term.trains - set(reading.source.frozen)
    return evolve(term, trains=trains) if trains else None


def reserved(reading: Reading) -> None:
    """A network is called by its name in the emitted code, which has words of its own."""
    for name, (kind, _) in reading.source.networks.items():
        if name in RESERVED:
            section = next(section for section, of in SECTIONS.items() if of == kind)
            message = "is a word of the emitted code, in which networks go by their names"
            reading.fault((section, name), message, "rename it", at_key=True)


def players_of(reading: Reading, terms: list[Term], whole: bool) -> dict[str, Player]:
    """Every player with its networks; by default one owns all discriminators and one every other network.

    A player that was not declared and whom no loss trains is none; in a stage, nor is one that was declared.
    """
    networks, declared = reading.source.networks, reading.source.players
    free = set(networks)
    labels = list(dict.fromkeys(term.label for term in terms))
    trained = set().union(*(term.trains for term in terms)) if terms else set()
    for name, (moves, _, _) in declared.items():
        for index, network in enumerate(moves or ()):
            path = reading.source.at("players", name, "moves", index)
            if not isinstance(network, str):
                continue
            if network not in networks:
                reading.fault(path, f"no network is called '{network}'", nearest(network, networks))
            elif network not in free:
                reading.fault(path, f"'{network}' already has a player")
            free.discard(network)
    result = {}
    for name in [*declared, *(n for n in ("discriminator", "generator") if n not in declared)]:
        moves, optimizer, when = declared.get(name, (None, None, None))
        if moves is None:
            if name not in ("discriminator", "generator"):
                reading.fault(reading.source.at("players", name), "does not say what it moves", "e.g. moves: [E]")
            judges = name == "discriminator"
            moves = [n for n, (kind, _) in networks.items() if n in free and (kind == "discriminator") == judges]
        moves = [network for network in moves if network not in reading.source.frozen]
        idle = not trained & set(moves)
        if not moves or (idle and (not whole or name not in declared) and not reading.partial and terms):
            continue
        use = optimizer if isinstance(optimizer, Use | Live) else default("optimizer")
        gate = None
        if isinstance(when, str):
            gate = condition(reading, when, reading.source.at("players", name, "when"), labels)
        if use is None:
            reading.fault(("players",), "no optimizer is installed that a player takes by default", "name one")
        else:
            result[name] = Player(name, tuple(moves), use, gate)
    return result


def order_of(reading: Reading, players: list[str]) -> list[str]:
    """Who moves, in order, one name a turn."""
    written = reading.source.order
    if not isinstance(written, list | tuple):
        first = [name for name in ("discriminator", "generator") if name in players]
        return [*first, *(name for name in players if name not in first)]
    turns: list[str] = []
    for index, item in enumerate(written):
        path = reading.source.at("order", index)
        match = ORDER.fullmatch(item) if isinstance(item, str) else None
        if match is None:
            reading.fault(
                path, f"wanted a player, or player * turns, got {item!r}", "e.g. [discriminator * 5, generator]"
            )
            continue
        name, times = match[1], int(match[2] or 1)
        if name not in players:
            reading.fault(path, f"no player is called '{name}'", nearest(name, players))
        elif not 1 <= times <= MOST_TURNS:
            reading.fault(path, f"wanted 1 to {MOST_TURNS} turns, got {times}")
        else:
            turns += [name] * times
    missing = [name for name in players if name not in turns]
    if missing and not reading.faults:
        reading.fault(
            reading.source.at("order"), f"the player '{missing[0]}' never moves", f"add it: [..., {missing[0]}]"
        )
    return turns


def everyone_is_trained(reading: Reading, terms: list[Term]) -> None:
    """A network that no loss trains is a fault that names what does reach it; a layer may have nothing to train."""
    trained = set().union(*(term.trains for term in terms)) if terms else set()
    roots = [root for term in terms for root in (term.judge, term.real, term.fake, *term.of) if root]
    roots += [root for name in reading.source.flow if (root := reading.named(name, ("flow", name)))]
    used = {node.name for root in roots for node in walk(root)}
    for name, (kind, _) in reading.source.networks.items():
        if name not in trained and (kind != "layer" or name not in used):
            section = next(section for section, of in SECTIONS.items() if of == kind)
            why = "it is called, but no loss trains it" if name in used else "it is never called"
            reading.fault((section, name), f"no loss trains '{name}': {why}", "add a loss on its output or remove it")
