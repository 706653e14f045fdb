"""A fleet scored minute by minute: the features of the batch path, to the bit, from rings of window parts."""
