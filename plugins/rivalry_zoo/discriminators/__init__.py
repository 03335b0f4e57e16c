"""Networks that score samples."""
