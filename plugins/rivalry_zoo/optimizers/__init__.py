"""Optimisers: how a player moves."""
