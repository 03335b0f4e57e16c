"""Divergences between laws: rows of one table."""
