"""Weights: how much a loss counts, where gradients decide."""
