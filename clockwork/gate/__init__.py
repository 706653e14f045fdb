"""The decision core: from paired scores to a verdict.

numpy and scipy only; no files, no clock, no settings.
"""
