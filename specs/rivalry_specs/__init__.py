"""One YAML file per variant."""
