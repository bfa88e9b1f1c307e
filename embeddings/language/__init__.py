"""Swedish language processing: words, sentences, dates, and the names of organisations."""
