"""Two commits: build each, pair their scores, ask every check, build the verdict."""
