"""What learning has to know of each kind of target: a new one is a module with a `TASK`, and its tests."""
