"""Clockwork: ML regression tests on every pull request."""
