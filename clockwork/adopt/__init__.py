"""A project of one's own: what a table holds, the configs that fit it, and the demo taken away."""
