"""Layers: other modules with weights or state that a flow calls."""
