"""Parts that components are made of."""
