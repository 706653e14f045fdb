"""configs/ as strict, frozen, typed objects: one module here for each file there."""
