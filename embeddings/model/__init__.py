"""The embedding model: unpacking it, and computing vectors from texts."""
