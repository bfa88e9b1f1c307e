"""What values of settings have in common, whatever they set."""


def nothing_if_empty(value: object) -> object:
    """A line that is not filled in sets nothing: `KALLBOT_LLM_URL=` in a file of settings."""
    return None if isinstance(value, str) and not value.strip() else value
