"""People: the command line, the REPL, the Telegram bot, and all wording."""
