"""Mutation testing of the zoo: what is mutated, how a mutant is judged, and the page that says what survived."""
