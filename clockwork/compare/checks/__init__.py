"""What is certain before any statistics.

Each function asks one question of two commits and gives its checks.
"""
