"""The gate, tested against itself: how often it cries wolf, what it can see, and whether planted defects go red."""
