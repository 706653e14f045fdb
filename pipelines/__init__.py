"""The project: from raw rows to features, one file for each algorithm, one module for each stage of the graph."""
