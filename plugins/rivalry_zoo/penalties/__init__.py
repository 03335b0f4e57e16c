"""Penalties: costs of the judge alone, mostly on its gradient by the samples."""
