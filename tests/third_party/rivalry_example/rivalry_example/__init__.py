"""What this package brings to Rivalry: every module below, and the specs in this folder."""

from pathlib import Path

from rivalry import hookimpl


@hookimpl
def rivalry_specs():
    return [Path(__file__).parent]
