"""The gate on two files of predictions: without git, DVC, configs or a pipeline."""
