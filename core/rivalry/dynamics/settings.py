"""From names and `--set path=value` to the components of a Dirac game, as a spec would make them."""

from collections.abc import Sequence
from typing import Any

from attrs import evolve, frozen

from rivalry.dynamics.method import Method, turns
from rivalry.dynamics.report import Bias
from rivalry.errors import Fault, RunError, SpecError, nearest
from rivalry.interfaces import Objective, Penalty
from rivalry.making import make
from rivalry.plugins import plugins
from rivalry.spec.merge import with_settings
from rivalry.spec.tree import Tree, parse


@frozen
class Chosen:
    """The components that were named."""

    objective: Objective
    penalties: tuple[tuple[Penalty, float], ...]
    method: Method


def entry(text: str) -> dict[str, Any]:
    """A component as a spec would name it: a bare name, or {use: name, ...}."""
    if not text.lstrip().startswith("{"):
        return {"use": text}
    tree = parse(text, "<command line>")
    if tree.faults:
        raise SpecError(tree.faults)
    if not isinstance(tree.value, dict) or not isinstance(tree.value.get("use"), str):
        raise SpecError([Fault((), f"wanted a name or {{use: name, ...}}, got {text}")])
    return tree.value


def chosen(
    objective: str, penalties: Sequence[str] = (), optimizer: str = "sgd", order: str = "alternating",
    settings: Sequence[str] = (), lr: float | None = None,
) -> Chosen:  # fmt: skip
    """Make them. Settings begin with `objective`, `optimizer`, `order`, a penalty's name, or `penalty` for all of them;
    a penalty has a `weight` beside its own parameters, 1 unless it is set. SpecError names every fault.
    """
    body: dict[str, Any] = {"objective": entry(objective), "optimizer": entry(optimizer)}
    written = order == "alternating" or "," in order or "*" in order or order.strip("[] ") in ("discriminator",)
    body |= {} if written else {"order": entry(order)}
    names: list[str] = []
    for found in map(entry, penalties):
        count = sum(name.rstrip("0123456789") == found["use"] for name in names)
        names.append(found["use"] + (str(count + 1) if count else ""))
        body[names[-1]] = found
    tree = with_settings(Tree(body), list(_addressed(settings, names, [*body])))
    pairs = []
    for name in names:
        rest = dict(tree.value[name])
        weight = rest.pop("weight", 1.0)
        if isinstance(weight, bool) or not isinstance(weight, int | float):
            fault = Fault((name, "weight"), f"wanted a number, got {weight!r}")
            raise SpecError(tree.placed([fault]))
        pairs.append((_made("penalty", name, rest, tree), float(weight)))
    how = turns(order) if written else _made("order", "order", tree.value["order"], tree)
    method = Method(_made("optimizer", "optimizer", tree.value["optimizer"], tree), how, lr)
    return Chosen(_made("objective", "objective", tree.value["objective"], tree), tuple(pairs), method)


def _addressed(settings: Sequence[str], names: Sequence[str], known: Sequence[str]) -> list[str]:
    found = []
    for setting in settings:
        head, dot, rest = setting.partition(".")
        if head == "penalty" and names and dot:
            found += [f"{name}.{rest}" for name in names]
        elif not dot or head not in known:
            heads = sorted({*known, *(["penalty"] if names else [])})
            message = f"wanted one of {', '.join(heads)} before the dot, got '{setting}'"
            raise SpecError([Fault((), message, "e.g. --set objective.real=1")])
        else:
            found.append(setting)
    return found


def _made(kind: str, path: str, value: Any, tree: Tree) -> Any:
    body = {"use": value} if isinstance(value, str) else dict(value)
    name = body["use"]
    if name not in plugins().table()[kind]:
        raise SpecError([Fault((), f"no {kind} is called '{name}'", nearest(name, plugins().table()[kind]))])
    try:
        return make(kind, body)
    except SpecError as error:
        faults = [evolve(fault, path=(path, *fault.path), place=None) for fault in error.faults]
        raise SpecError(tree.placed(faults)) from error


def bias(text: str | None) -> Bias:
    """`learned`, `rest`, or a number."""
    if text is None or text in ("learned", "rest"):
        return text  # type: ignore[return-value]
    try:
        return float(text)
    except ValueError as error:
        raise RunError(f"wanted a number, learned or rest as the bias, got '{text}'") from error
