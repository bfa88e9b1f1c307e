"""The formats of documents: for each a module that makes sources of the bytes of a file."""
