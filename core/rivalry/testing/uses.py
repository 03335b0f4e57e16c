"""Contracts of what is done with games: other ways to sample one, games that lay themselves out."""

import inspect
import json
from collections.abc import Mapping, Sequence
from typing import Any

from rivalry.errors import SpecError
from rivalry.fields import Field
from rivalry.interfaces import Dataset, Sampler
from rivalry.spec.model import Spec
from rivalry.streams import stream
from rivalry.testing.demands import Build, demand, finite
from rivalry.testing.samples import Pictures, Points


def check_sampler(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """Samples as the field says, or a refusal in words where the game lacks the networks that it wants."""
    sampler = build()
    wanted = list(inspect.signature(Sampler.sample).parameters)
    taken = list(inspect.signature(type(sampler).sample).parameters)
    demand(taken == wanted, f"wanted `sample({', '.join(wanted[1:])})`, got `sample({', '.join(taken[1:])})`")
    field = Field((1, 8, 8), low=-1, high=1)
    try:
        found, again = (sampler.sample({}, field, 3, {}, stream(1)) for _ in range(2))
    except ValueError:
        return
    except (LookupError, AttributeError, TypeError) as error:
        raise AssertionError(
            f"a game without networks is refused by a ValueError that says what is wanted, not by {error!r}"
        ) from error
    demand(found.shape == (3, *field.shape), f"wanted 3 samples of {field}, got {tuple(found.shape)}")
    finite("samples", found)
    demand(found.equal(again), "equal streams must give equal samples: draw from `draw` alone")


def check_variant(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """Plain values, as a file would hold them, which the language takes for a spec; it may leave the data open."""
    body = build().spec()
    try:
        plain = json.loads(json.dumps(body, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise AssertionError(f"wanted plain values, as a file would hold them: {error}") from error
    demand(plain == body, "wanted plain values: mappings by words, lists, texts, numbers; no tuples")
    demand(build().spec() == body, "equal arguments must lay out equal games")
    found = [_refusal(plain if data is None else {"data": data, **plain}) for data in _missing(plain)]
    demand("" in found, "it lays out a game that is no spec:\n" + "\n".join(dict.fromkeys(found)))


def _missing(body: Mapping[str, Any]) -> Sequence[Dataset | None]:
    """Data for a game that leaves its data to the spec that extends it."""
    return [None] if "data" in body else [Points(), Pictures()]


def _refusal(body: Mapping[str, Any]) -> str:
    try:
        Spec.load(body)
    except SpecError as error:
        return str(error)
    return ""
