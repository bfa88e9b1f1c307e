"""A language model as the reader, and the verification of its quotes."""
