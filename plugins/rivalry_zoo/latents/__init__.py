"""Sources of random codes."""
