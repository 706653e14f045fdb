"""A table of one's own in place of the demo's."""
