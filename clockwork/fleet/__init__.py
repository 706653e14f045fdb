"""A fleet scored each minute: the batch path's features, to the bit, from rings of raw cells."""
