"""The embedding model: from texts to vectors, and what unpacks and runs it."""
