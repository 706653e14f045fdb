"""The kinds of predictions the gate can compare: a new one is a module with a `TASK`, and tests."""
