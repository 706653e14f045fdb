"""A trained model as others run it: raw rows in, scores out, its own code and settings inside."""
