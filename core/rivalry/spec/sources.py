"""The `data` section: one data set whose fields are tensors of the flow, or several by name."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import InitErrorDetails, ValidationError

from rivalry.interfaces import Dataset
from rivalry.spec.schema import Live, Use, checked_entry
from rivalry.spec.words import brief, relay, wrong


def datasets(value: Any) -> dict[str, Use | Live]:
    """Name -> data set; the only data set of the short form is called ""."""
    if isinstance(value, Mapping) and all(isinstance(item, Use | Live) for item in value.values()):
        return dict(value)
    if isinstance(value, str | Use | Live | Dataset) or (isinstance(value, Mapping) and "use" in value):
        return {"": checked_entry("dataset", value)}
    if not isinstance(value, Mapping) or not value:
        raise wrong(
            f"wanted a data set, or a mapping of names to data sets, got {brief(value)}",
            "e.g. data: {use: fashion_mnist}",
        )
    found, lines = {}, []
    for name, item in value.items():
        try:
            found[str(name)] = checked_entry("dataset", item)
        except ValidationError as error:
            lines += [
                InitErrorDetails(type=line["type"], loc=(name, *line.get("loc", ())), input=None)
                for line in relay(error, {})
            ]
    if lines:
        raise ValidationError.from_exception_data("data", lines)
    return found
