"""Experiments on head's own code needing no threshold: does it look ahead, peek, repeat itself?"""
