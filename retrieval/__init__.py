"""Question answering: from a question to an answer with quotes, or a refusal."""
