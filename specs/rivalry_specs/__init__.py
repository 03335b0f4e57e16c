"""One YAML file per variant, each registered singly and found by name."""

from pathlib import Path

from rivalry.hooks import hookimpl


@hookimpl
def rivalry_specs():
    return [Path(__file__).parent]
