"""Names in the emitted code."""

import re
from keyword import iskeyword

RESERVED = {
    "now", "losses", "players", "operations", "augments", "weights", "parts", "input_gradient", "gradients", "gather",
    "added", "evolve", "no_grad", "opened", "sample", "step", "joint", "gradients_of_all", "gates", "take", "at",
    "joined",
}  # fmt: skip


def variable(text: str) -> str:
    """A Python name that resembles a text."""
    name = re.sub(r"\W+", "_", text).strip("_") or "value"
    name = f"v_{name}" if name[0].isdigit() or iskeyword(name) else name
    return name if len(name) <= 40 else name[:40].rstrip("_")
