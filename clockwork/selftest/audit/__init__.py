"""The gate tests itself: how often it cries wolf, what it sees, whether planted defects go red."""
