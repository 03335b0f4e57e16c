"""Data sets: named tensors, one row per example."""
