"""The Telegram bot: updates in, answers out, without losses or duplicates."""
