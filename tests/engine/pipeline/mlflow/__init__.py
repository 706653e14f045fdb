"""MLflow as teams run it: the real server on a real database, killed, asked by strangers, written to by many."""
