"""User interfaces: the command line, the REPL, the Telegram bot, and all their wording."""
