"""The Telegram bot: updates in, answers out, nothing lost and nothing twice."""
