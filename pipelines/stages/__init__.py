"""One module per DVC stage: read inputs, call pure functions, write outputs. No logic and no MLflow here."""
