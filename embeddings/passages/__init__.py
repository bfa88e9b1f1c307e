"""Splits the text of a document into blocks, and these into passages."""
