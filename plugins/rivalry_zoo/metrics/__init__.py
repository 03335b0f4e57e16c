"""Metrics: numbers that say how good samples are."""
