"""Encoders: networks that give samples their codes."""
