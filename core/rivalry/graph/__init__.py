"""The training graph: built from a checked spec, and turned into the code of a step."""
