"""An index in Milvus, shared by any number of processes on any number of machines.

    alias kallbot                                 the current version
    collection kallbot_<version>_<writer>         a row for each passage: its vector, its words
    collection kallbot_<version>_<writer>_texts   everything else, as JSON in parts

A version is written to new collections, and then the alias is switched to it atomically: a reader
sees either the old version or the new one.
"""
