"""Data and weights that ordinary packages carry: one file each."""
