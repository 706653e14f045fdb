"""What each stage of the graph does; pipelines/stages calls it."""
