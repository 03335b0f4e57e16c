"""The components that ship with Rivalry: one folder per kind, one file per component."""
