"""Making the reader: examples from question sets, and the training of its adapters."""
