"""Features: what a metric looks through."""
