"""The words of an entry that the language itself reads, beside the arguments of the component that it names."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import InitErrorDetails

from rivalry.interfaces import Observing
from rivalry.spec.uses import Use
from rivalry.spec.words import brief, wrong

NETWORKS = ("generator", "discriminator", "encoder", "layer")


def _shape(value: Any) -> Any:
    sizes = [value] if isinstance(value, int) else value
    if not isinstance(sizes, list | tuple) or not all(type(size) is int and size > 0 for size in sizes):
        raise wrong(f"wanted a shape for output, got {brief(value)}", "e.g. output: [3, 64, 64]")
    return value


def _text(wanted: str) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if not isinstance(value, str):
            raise wrong(f"wanted {wanted}, got {brief(value)}")
        return value

    return check


def _texts(value: Any) -> Any:
    if not isinstance(value, str) and not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
        raise wrong(f"wanted an expression, or a list of them, got {brief(value)}")
    return value


def _count(value: Any) -> Any:
    if type(value) is not int or value < 1:
        raise wrong(f"wanted whole number >= 1, got {brief(value)}")
    return value


def _weight_norm(value: Any) -> Any:
    from rivalry.spec.schema import checked_entry  # which reads these words

    return checked_entry("weight_norm", value)


_NETWORK = {"output": _shape, "from": _text("a run and a network, as in runs/a/G"), "weight_norm": _weight_norm}
WORDS: Mapping[str, Mapping[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(NETWORKS, _NETWORK),
    "latent": {"like": _text("a field of the data")},
    "schedule": {"observe": _texts, "every": _count},
    "weight": {"of": _texts, "over": _texts, "at": _text("a parameter, as in G.last")},
    "metric": {"of": _texts},
}
"""The words of an entry that the language itself reads, by kind."""


def observing(use: Use, said: Mapping[str, Any]) -> list[InitErrorDetails]:
    """A schedule that observes says what, and no other does."""
    observes = issubclass(use.component, Observing)
    if observes and "observe" not in said:
        error = wrong(f"'{use.name}' observes a tensor and must say which", "e.g. observe: D(x)")
        return [InitErrorDetails(type=error, loc=(), input=None)]
    if observes:
        wanted, given = use.component.observes, said["observe"]  # type: ignore[attr-defined]
        got = len(given) if isinstance(given, list) else 1
        if got != wanted:
            error = wrong(f"'{use.name}' observes {wanted} tensor{'s' if wanted > 1 else ''}, got {got}")
            return [InitErrorDetails(type=error, loc=("observe",), input=given)]
    if not observes and said:
        word = next(iter(said))
        error = wrong(f"'{use.name}' follows time alone and observes nothing", "leave it out", key=True)
        return [InitErrorDetails(type=error, loc=(word,), input=None)]
    return []
