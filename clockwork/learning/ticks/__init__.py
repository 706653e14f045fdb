"""Ticks: the features of all entities a minute at a time, equal to the batch path to the bit."""
