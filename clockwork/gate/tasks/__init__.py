"""The kinds of predictions that the gate can compare: a new one is a module with a `TASK`, and its tests."""
