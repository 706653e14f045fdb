"""The project: from raw rows to features, a file per algorithm, a module per stage of the graph."""
