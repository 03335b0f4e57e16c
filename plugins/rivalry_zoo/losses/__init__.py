"""Losses: scalars of named tensors that no judge decides."""
