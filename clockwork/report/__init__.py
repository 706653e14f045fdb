"""The views of a verdict: a comment for the pull request, a page, and what a terminal shows."""
