"""What a verb does: read the settings, call the rings, hand in what they must not look up."""
