"""MLflow as people see it: every verdict's runs, sent once, in full, and the pages showing them."""
