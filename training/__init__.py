"""Training: examples from question sets, and the fits of the reader and the other models."""
