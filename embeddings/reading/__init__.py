"""From the files of a folder to sources: texts, what is marked in them, and their origin."""
