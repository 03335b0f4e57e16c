"""Variants: games that lay themselves out from parameters."""
