"""How a number was measured, and whether two numbers may be compared.

A protocol is a mapping of plain values: `metric` and its `settings`, the fingerprint of its `features`, `resize`, the
counts `real` and `fake` (or the tensors, `of`, and their `rows`), `split` and fingerprint of the `data`, whether
`weights` were averaged or raw, the `seed` of the samples, and `versions` of the programs.
"""

from collections.abc import Mapping, Sequence
from typing import Any

DECISIVE = {
    "metric": "metric",
    "settings": "settings",
    "features": "features",
    "resize": "resize",
    "size": "size of the samples",
    "fit": "how pictures are brought to that size",
    "of": "tensors",
    "real": "number of real samples",
    "fake": "number of fakes",
    "rows": "number of rows",
    "held_out": "number of held-out samples",
    "data": "data",
    "split": "split of the data",
}
"""What makes two numbers different things: key -> what it is called."""

REMARKABLE = {"weights": "weights", "seed": "seed of the samples", "versions": "versions"}
"""What leaves two numbers comparable, but is worth a note."""


def unlike(protocols: Sequence[Mapping[str, Any]]) -> bool:
    """Whether any two of them may not be ranked."""
    return bool(apart({str(number): protocol for number, protocol in enumerate(protocols)}, DECISIVE))


def apart(protocols: Mapping[str, Mapping[str, Any]], keys: Mapping[str, str]) -> list[str]:
    """How the protocols of several rows differ in some keys, one phrase a difference, naming who has what."""
    found = []
    for key, words in keys.items():
        values = {row: protocol.get(key) for row, protocol in protocols.items()}
        if all(isinstance(value, Mapping | None) for value in values.values()):
            parts = {row: flat(value or {}) for row, value in values.items()}
            for part in dict.fromkeys(name for known in parts.values() for name in known):
                found += told(f"{words}: {part}", {row: known.get(part) for row, known in parts.items()})
        else:
            found += told(words, values)
    return found


def told(words: str, values: Mapping[str, Any]) -> list[str]:
    """'features: judge-1 (a, c), judge-2 (b)'; nothing where all values are equal."""
    having: dict[str, list[str]] = {}
    for row, value in values.items():
        having.setdefault("none" if value is None else str(value), []).append(row)
    if len(having) < 2:
        return []
    return [f"{words}: " + ", ".join(f"{value} ({', '.join(rows)})" for value, rows in having.items())]


def flat(nested: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Mappings within mappings as one, with dots in the names."""
    found: dict[str, Any] = {}
    for key, value in nested.items():
        found |= flat(value, f"{before}{key}.") if isinstance(value, Mapping) else {f"{before}{key}": value}
    return found
