"""What knows nothing of machine learning: errors, files, git, DVC, processes."""
