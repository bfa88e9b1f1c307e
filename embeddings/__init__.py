"""Build time: from a folder of documents to an index on disk."""
