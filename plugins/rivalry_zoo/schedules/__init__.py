"""Schedules: numbers over training."""
