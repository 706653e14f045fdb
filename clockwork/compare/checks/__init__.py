"""What is certain before any statistics: each function asks one question of two arms and gives its checks."""
