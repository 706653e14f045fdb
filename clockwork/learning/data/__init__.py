"""Where rows come from, what must hold for them, and which of them train and which evaluate."""
