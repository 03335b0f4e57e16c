"""Forms of weights: norms and scales of what a layer is made of."""
