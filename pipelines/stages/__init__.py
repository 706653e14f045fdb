"""A module per DVC stage: read inputs, call pure functions, write outputs. No logic, no MLflow."""
