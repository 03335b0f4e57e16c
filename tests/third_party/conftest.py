"""The example package brings its own tests, which run where it is installed: `test_example_package.py` sees to it."""

collect_ignore = ["rivalry_example"]
