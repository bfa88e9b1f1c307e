"""An index in Milvus, shared by any number of processes on any number of machines.

    alias kallbot                                 which version is current
    collection kallbot_<version>_<writer>         a row for each passage: its vector, its words
    collection kallbot_<version>_<writer>_texts   everything else, as JSON in parts

A version is written to new collections, and then the alias is put on it in one step: a reader sees
the old version or the new one and nothing between.
"""
