"""Samplers: how trained games are sampled, where that takes more than one call."""
