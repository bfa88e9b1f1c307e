"""Document formats: one module for each, which builds sources from the bytes of a file."""
