"""The spec language: reading, checking against the components' constructors, and merging."""
