"""MLflow as teams run it: the real server on a real database.

It is killed, asked by strangers, written to by many.
"""
