"""The numbers of a game that move: where each stands, what it observes, and what else names tensors by expressions."""

from collections.abc import Iterator, Mapping

from rivalry.errors import Path, nearest
from rivalry.graph.nodes import Node, Observer, Player, Term
from rivalry.graph.reading import Reading
from rivalry.interfaces import Observing
from rivalry.spec.losses import LossEntry
from rivalry.spec.uses import Live, Ref, Use, key, moving
from rivalry.spec.weights import SIDES, TwoSided

Place = tuple[Path, "Use | Live | Ref"]


def places(reading: Reading) -> Iterator[Place]:
    """Every place where a schedule, or the name of one, stands for a number, but for the schedules themselves."""
    source = reading.source
    for loss, entry in source.losses.items():
        if isinstance(entry, LossEntry):
            path = source.at("losses", loss)
            yield from _of(entry.use, path if entry.form == "use" else (*path, entry.form))
            sides = entry.weight
            for side in SIDES if isinstance(sides, TwoSided) else ():
                yield from _standing(getattr(sides, side), (*path, "weight", side))
            yield from _standing(sides, (*path, "weight"))
    for section, entries in (("augments", source.augments), ("latents", source.latents)):
        for name, use in entries.items():
            yield from _of(use, (section, name))
    for name, (_, optimizer, _) in source.players.items():
        yield from _of(optimizer, (*source.at("players", name), "optimizer"))


def _of(use: object, path: Path) -> Iterator[Place]:
    if isinstance(use, Use | Live):
        for argument, value in moving(use).items():
            yield (*path, argument), value
    if isinstance(use, Use):
        for argument, part in use.arguments.items():
            if isinstance(part, Use) and part.kind == "optimizer":  # one around another
                yield from _of(part, (*path, argument))


def _standing(value: object, path: Path) -> Iterator[Place]:
    if isinstance(value, Ref) or (isinstance(value, Use | Live) and value.kind == "schedule"):
        yield path, value


def _inside(use: Use) -> Iterator[Path]:
    """Where a schedule stands inside a part of a component."""
    for argument, part in use.arguments.items():
        if isinstance(part, Use) and part.kind != "schedule":
            yield from ((argument, name) for name in moving(part))
            yield from ((argument, *path) for path in _inside(part))


def numbers_of(reading: Reading) -> dict[str, Use | Live]:
    """Every schedule of the game by the name of its number; names that mean none are faults."""
    schedules = reading.source.schedules
    found: dict[str, Use | Live] = {name: use for name, use in schedules.items() if use is not None}
    for loss, entry in reading.source.losses.items():
        if isinstance(entry, LossEntry) and isinstance(entry.use, Use):
            for inside in _inside(entry.use):
                path = (*reading.source.at("losses", loss), *([] if entry.form == "use" else [entry.form]), *inside)
                message = f"'{inside[0]}' is made once, with its numbers; only a component's own numbers move"
                reading.fault(path, message, "give it a number")
    for path, value in places(reading):
        if not isinstance(value, Ref):
            found[key(path, value)] = value
        elif not schedules:
            reading.fault(path, f"wanted {value.wanted}, got '{value.name}'")
        elif value.name not in schedules:
            reading.fault(path, f"no schedule is called '{value.name}'", nearest(value.name, schedules))
        if path[-2:-1] == ("optimizer",) and observes(found.get(key(path, value))):
            message = (
                f"'{key(path, value)}' observes a tensor, so only the device knows it; an optimizer wants its numbers"
            )
            reading.fault(path, f"{message} on the host", "give it a schedule of time alone, e.g. linear")
    return found


def observes(use: "Use | Live | None") -> bool:
    """Whether a number steers itself by what it observes, and so lives on the device."""
    return use is not None and issubclass(use.component, Observing)


def observers_of(reading: Reading) -> dict[str, Observer]:
    """What each steering number observes."""
    found = {}
    inline = [(path, value) for path, value in places(reading) if isinstance(value, Use)]
    named = [(("schedules", name), use) for name, use in reading.source.schedules.items() if isinstance(use, Use)]
    for path, use in [*named, *inline]:
        if observes(use) and (node := reading.several(use.words["observe"], (*path, "observe"))) is not None:
            name = str(path[1]) if path[0] == "schedules" else key(path, use)
            found[name] = Observer(node, use.words.get("every", 1))
    return found


def weighed(reading: Reading, terms: list[Term], players: Mapping[str, Player]) -> None:
    """A weight that follows gradients names losses that its own player minimises whenever it does, and a part of a
    network that they train.
    """
    labels = {term.loss for term in terms}
    for term in terms:
        if not isinstance(term.weight, Use) or term.weight.kind != "weight":
            continue
        path, words = (*term.path, "weight"), term.weight.words
        mine = {name for player in players.values() if term.trains & set(player.networks) for name in player.networks}
        for word in ("of", "over"):
            text = words.get(word, [])
            for index, name in enumerate(text if isinstance(text, list) else [text]):
                where = (*path, word, index) if isinstance(text, list) else (*path, word)
                if name not in labels:
                    reading.fault(where, f"no loss is called '{name}'", nearest(name, labels))
                    continue
                found = [other for other in terms if other.loss == name and other.trains & mine]
                if not found:
                    reading.fault(where, f"'{name}' trains nobody whom '{term.loss}' trains", "name another loss")
                elif any(other.apart or other.when() not in ("", term.when()) for other in found):
                    message = f"'{name}' is not computed whenever '{term.loss}' is, whose weight follows it"
                    reading.fault(where, message, "give both the same every and after")
        network = words["at"].partition(".")[0]
        if network not in reading.source.networks:
            reading.fault((*path, "at"), f"no network is called '{network}'", nearest(network, reading.source.networks))
        elif network not in mine:
            reading.fault((*path, "at"), f"'{network}' is not trained by '{term.loss}'", nearest(network, mine))


def measured(reading: Reading, name: str) -> "tuple[Node, ...] | None":
    """The tensors that a metric's `of` names; None where it has none."""
    entry = reading.source.metrics.get(name)
    text = entry.words.get("of") if isinstance(entry, Use) else entry.get("of") if isinstance(entry, dict) else None
    if text is None:
        if isinstance(entry, Use) and "pairs" in entry.component.needs:  # type: ignore[attr-defined]
            message = f"'{entry.name}' measures tensors of the flow, but the entry names none"
            reading.fault(("metrics", name), message, "name them with `of`")
        return None
    node = reading.several(text, ("metrics", name, "of"))
    return () if node is None else node.args if isinstance(text, list) else (node,)


def scores_of(metrics: Mapping[str, object]) -> Iterator[str]:
    """The names of all numbers that metrics give: the entry's own or, where a metric has parts, entry.part."""
    for name, entry in metrics.items():
        parts = entry.component.parts if isinstance(entry, Use) else ()  # type: ignore[attr-defined]
        yield from [f"{name}.{part}" for part in parts] or [name]


def told(reading: Reading) -> tuple[Node | None, dict[str, tuple[Node, ...]]]:
    """What names tensors without training anything: the sample and the metrics; and pass lines, which name metrics."""
    source = reading.source
    found = {name: nodes for name in source.metrics if (nodes := measured(reading, name)) is not None}
    scored = list(scores_of(source.metrics))
    for name in source.accept:
        if name not in scored:
            reading.fault(("accept", name), f"no metric is called '{name}'", nearest(name, scored), at_key=True)
    if source.best is not None:
        if source.best not in scored:
            path, message = ("train", "keep_best"), f"no metric is called '{source.best}'"
            reading.fault(path, message, nearest(source.best, scored))
        elif not source.evaluates:
            reading.fault(("train", "keep_best"), "nothing is evaluated while this trains", "give train.evaluate_every")
    sample = source.sample
    return reading.expression(sample, ("sample",)) if isinstance(sample, str) else None, found
