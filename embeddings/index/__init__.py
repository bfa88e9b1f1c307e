"""The index on disk or on a server: how it is made, published, opened and looked over."""
