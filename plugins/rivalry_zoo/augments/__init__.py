"""Differentiable augmentations of what a judge sees."""
