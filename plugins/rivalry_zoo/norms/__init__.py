"""Normalisations of activations."""
