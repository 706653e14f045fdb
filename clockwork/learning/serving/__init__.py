"""A trained model as others run it: raw rows in, scores out, with its own code and settings inside."""
