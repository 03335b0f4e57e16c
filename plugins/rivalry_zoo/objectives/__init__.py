"""Objectives: the two sides of a game, as pure functions of scores."""
