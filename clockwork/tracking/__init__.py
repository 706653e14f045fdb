"""MLflow as people look at it: the runs of every verdict, sent once and in full, and the pages that show them."""
