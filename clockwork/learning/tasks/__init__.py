"""What learning must know of each kind of target: a new one is a module with `TASK`, and tests."""
