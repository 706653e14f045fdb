"""The verdict as a document, and what may be read from one that is not trusted."""
