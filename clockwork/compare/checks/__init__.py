"""What is certain before any statistics: each function asks one question of two commits and gives its checks."""
