"""What is known of Swedish: words, sentences, dates, and the names of organisations."""
