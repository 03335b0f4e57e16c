"""Any installed component by kind and name, for use in one's own code."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import PydanticCustomError, ValidationError

from rivalry.errors import Fault, SpecError, nearest
from rivalry.interfaces import KINDS
from rivalry.plugins import plugins
from rivalry.signature import REQUIRED, parameters
from rivalry.spec.model import faults
from rivalry.spec.schema import check_use, remember


def make(kind: str, name: str | Mapping[str, Any], **arguments: Any) -> Any:
    """Build a component: `make("objective", "lsgan", real=1.0)`, `make("latent", {"use": "normal", "size": 64})`.

    Parameters are checked as in a spec; the given facts (channels, inputs, output ...) are keywords too. SpecError
    names every fault, with the nearest fix.
    """
    if kind not in KINDS:
        raise SpecError([Fault((), f"no kind is called '{kind}'", nearest(kind, KINDS))])
    if isinstance(name, Mapping):
        rest = dict(name)
        name, arguments = str(rest.pop("use", "")), {**rest, **arguments}
    try:
        known = parameters(plugins().find(kind, name))
        given = {key: value for key, value in arguments.items() if key in known and known[key].given}
        use = check_use(kind, name, {key: value for key, value in arguments.items() if key not in given})
    except LookupError as error:
        message, _, fix = str(error).partition("; ")
        raise SpecError([Fault((), message, fix)]) from error
    except ValidationError as error:
        raise SpecError(faults(error)) from error
    except PydanticCustomError as error:
        raise SpecError([Fault((), f"{kind} '{name}': {error.message()}")]) from error
    for key, parameter in known.items():
        if parameter.given and key not in given and parameter.default is REQUIRED:
            message = f"is missing: the {kind} '{name}' is given it by a spec's facts"
            raise SpecError([Fault((key,), message, "say it as a keyword")])
    try:
        made = use.build(**given)
    except ValueError as error:
        raise SpecError([Fault((), f"{kind} '{name}': {error}")]) from error
    if not given:
        remember(made, use)
    return made
