"""Experiments on head's own code that need no threshold: does it look ahead, does it peek, does it repeat itself?"""
