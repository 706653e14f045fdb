"""What the graph computes: tables, features, models, searches, scores, probes, the served model."""
