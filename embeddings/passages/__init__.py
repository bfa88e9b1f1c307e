"""From the text of a document to its blocks, and from these to passages."""
