"""The search for hyperparameters, inside the training rows only."""
