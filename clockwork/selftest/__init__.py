"""The gate against itself: planted pull requests, error rates, speed."""
