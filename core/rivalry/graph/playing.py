"""Writes a player's turn: its losses, the gradient of their sum, what is observed, the move."""

from collections.abc import Mapping

from rivalry.graph.nodes import Observer, Term, networks, walk
from rivalry.graph.terms import Group, computed, groups, weighted
from rivalry.graph.turns import canonical, leaves
from rivalry.graph.writer import Writer


def play_turn(writer: Writer, observed: Mapping[str, Mapping[str, Observer]]) -> None:
    """One player's losses and its moves: one for the losses of the turn, one for each that stands apart."""
    assert writer.at is not None
    player, writer.observed = writer.at.player, observed
    together = [term for term in writer.terms() if not term.apart]
    if together or "" in observed:
        writer.write(f"with players.{player}:")
        writer.depth += 1
        block(writer, together, "total")
        writer.computed = set(map(canonical, writer.variables))
        for name, observer in observed.get("", {}).items():
            observe(writer, name, observer)
        if together:
            move(writer, player)
        writer.depth -= 1
    for term in writer.terms():
        if term.apart:
            forget(writer)
            writer.write(f"if {term.when()}:")
            writer.write(f"    with players.{player}:")
            writer.depth += 2
            block(writer, [term], "total", inside=True)
            move(writer, player)
            writer.depth -= 2


def forget(writer: Writer) -> None:
    """The player has moved, or what was computed may not have been: only sources and others' tensors stay."""
    writer.moved = True
    kept = [*writer.sources, *(node for node in writer.borrowed if not networks(node) & writer.mine)]
    writer.variables = {node: name for node, name in writer.variables.items() if node in kept}
    writer.leaves = {}


def move(writer: Writer, player: str) -> None:
    condition = writer.graph.players[player].when
    if condition is None:
        writer.write(f"players.{player}.move(now)")
        return
    labels = sorted({at.name for at in walk(condition) if at.op == "latest"})
    known = f"now.knows({', '.join(map(repr, labels))})"
    writer.write(f"opened = {writer.value(condition)} if {known} else None")
    writer.write(f"players.{player}.move(now, opened)")


def observe(writer: Writer, name: str, observer: Observer) -> None:
    """What a number observes, from what the turn has computed; the rest is computed for it."""
    before = dict(writer.variables)
    for node, variable in before.items():
        writer.variables.setdefault(canonical(node), variable)
    graph = any(node.op == "gradient" for node in walk(observer.of))
    if not graph:
        writer.write("with no_grad():")
        writer.depth += 1
    seen = ", ".join(f"{writer.value(part)}{'.detach()' if graph else ''}" for part in observer.parts)
    writer.write(f"now.observe({name!r}, {seen})")
    if not graph:
        writer.depth -= 1
    kept = {*writer.borrowed, *writer.sources}
    writer.variables = {**{n: v for n, v in writer.variables.items() if n in kept}, **before}


def recorded(writer: Writer, term: Term) -> str:
    """A loss computed and recorded, and what is observed beside it; its variable."""
    name = writer.fresh(term.label.replace(".", "_"))
    writer.write(f"{name} = {computed(writer, term)}", term.path)
    writer.losses[term.label] = name
    writer.named.add(name)
    writer.write(f"now.record({term.label!r}, {name})")
    writer.within[term.label] = set(map(canonical, writer.variables))
    for observed, observer in writer.observed.get(term.label, {}).items():
        observe(writer, observed, observer)
    return name


def block(writer: Writer, terms: list[Term], start: str, inside: bool = False) -> None:
    """Losses, and the gradient of their sum; several sums where some are kept to some networks.

    `inside` says that the losses' own condition holds here.
    """
    assert writer.at is not None
    writer.active = terms
    writer.by = {node for node in leaves(terms) if not networks(node) & writer.mine}
    totals: dict[Group, str] = {}
    certain: set[Group] = set()
    for term in terms:
        before, parts = (dict(writer.variables), dict(writer.leaves)), groups(writer, term)
        condition = "" if inside else term.when()
        for group, _ in parts:
            if group not in totals:
                totals[group] = writer.fresh(start if not totals else "_".join([start, *sorted(group)]))
                writer.named.add(totals[group])
                if condition:
                    writer.write(f"{totals[group]} = None")
        if condition:
            writer.write(f"if {condition}:")
            writer.depth += 1
        name = recorded(writer, term)
        for group, factor in parts:
            total, scaled = totals[group], weighted(writer, term, name, factor)
            sum_ = f"{total} + {scaled}" if group in certain else f"added({total}, {scaled})"
            writer.write(f"{total} = {sum_ if group in certain or condition else scaled}")
            certain |= set() if condition else {group}
        if condition:
            writer.depth -= 1
            kept = {
                node: v for node, v in writer.variables.items() if node in writer.borrowed or node in writer.sources
            }
            writer.variables, writer.leaves = {**before[0], **kept}, before[1]
    for group, total in totals.items():
        only = "" if not group else f", only={sorted(group)!r}"
        last = "" if total == [*totals.values()][-1] else ", more=True"
        writer.write(f"players.{writer.at.player}.differentiate({total}{only}{last})")
    writer.by = set()
