"""The settings of the language model: their names, meanings and units."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, HttpUrl, SecretStr

from bot.setting_values import nothing_if_empty, one_line, without_password


class LlmFields(BaseModel):
    """The settings of the language model; mixed into the settings of Källbot."""

    llm_url: Annotated[
        HttpUrl | None, BeforeValidator(nothing_if_empty), AfterValidator(without_password)
    ] = Field(
        default=None,
        description="An OpenAI-compatible server, up to and with `/v1`, whose language model reads "
        "the passages and answers; without it nothing is sent to any.",
    )
    llm_model: str = Field(
        default="default",
        min_length=1,
        description="The name that the server knows its language model by.",
    )
    llm_api_key: Annotated[
        SecretStr | None, BeforeValidator(nothing_if_empty), AfterValidator(one_line)
    ] = Field(default=None, description="The key that the server asks for, if it does.")
    llm_timeout: float = Field(
        default=20.0,
        gt=0,
        le=600,
        description="The seconds after which an answer goes without the language model.",
    )
    llm_max_tokens: int = Field(
        default=2000,
        ge=100,
        description="The tokens that one reply may have at most, those of its thoughts among them.",
    )
    llm_rewrite: bool = Field(
        default=False,
        description="Whether the language model also rewrites questions as searches, in a call of "
        "its own.",
    )
