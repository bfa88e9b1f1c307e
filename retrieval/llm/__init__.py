"""A language model as the reader, and the check of what it quotes."""
