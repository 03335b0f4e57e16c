"""Networks that make samples."""
