"""The settings of the language model: their names, meanings and units."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, HttpUrl, SecretStr

from bot.setting_values import nothing_if_empty


def _without_password(url: HttpUrl | None) -> HttpUrl | None:
    """Only keys are masked where settings are written."""
    if url is not None and (url.username or url.password):
        raise ValueError("leave out user and password, a key goes in llm_api_key")
    return url


def _one_line(key: SecretStr | None) -> SecretStr | None:
    if key is None:
        return None
    stripped = key.get_secret_value().strip()
    if not (stripped.isascii() and stripped.isprintable()):
        raise ValueError("a key is one line of ASCII")
    return SecretStr(stripped)


class LlmFields(BaseModel):
    """What can be set for the language model; mixed into the settings of Källbot."""

    llm_url: Annotated[
        HttpUrl | None, BeforeValidator(nothing_if_empty), AfterValidator(_without_password)
    ] = Field(
        default=None,
        description="An OpenAI-compatible server, up to and with `/v1`, whose language model words "
        "the answers; without it nothing is sent to any.",
    )
    llm_model: str = Field(
        default="default",
        min_length=1,
        description="The name that the server knows its language model by.",
    )
    llm_api_key: Annotated[
        SecretStr | None, BeforeValidator(nothing_if_empty), AfterValidator(_one_line)
    ] = Field(default=None, description="The key that the server asks for, if it does.")
    llm_timeout: float = Field(
        default=20.0,
        gt=0,
        le=600,
        description="The seconds after which an answer goes without the language model.",
    )
