"""Reads the files of a folder into sources: text, marked blocks, and origin."""
