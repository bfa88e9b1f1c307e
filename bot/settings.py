"""All settings. Precedence: flags, then the environment, then kallbot.toml, then defaults."""

import difflib
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any

import platformdirs
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    HttpUrl,
    SecretStr,
    ValidationError,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from bot.llm_settings import LlmFields
from bot.setting_values import nothing_if_empty, one_line, without_password
from bot.telegram.settings import TelegramFields
from embeddings.errors import KallbotError
from embeddings.model.bundled import BUNDLED
from embeddings.types import shortened

CONFIG_FILE = "kallbot.toml"
REPL_HISTORY = "repl_history"
"""The file in the state folder with the input history of the REPL."""


class SettingsError(KallbotError):
    """A setting is missing, unknown, or has an invalid value."""


def bundled_documents() -> Path:
    """The seed documents: inside an installed package, or at the root of a checkout."""
    package = Path(__file__).parent
    installed = package / "seeds"
    return installed if installed.is_dir() else package.parent / "seeds"


class Settings(TelegramFields, LlmFields, BaseSettings):
    """All settings; in the environment each name is in upper case, prefixed with `KALLBOT_`."""

    model_config = SettingsConfigDict(
        env_prefix="KALLBOT_",
        toml_file=CONFIG_FILE,
        extra="forbid",
        frozen=True,
        populate_by_name=True,
    )

    index: Path = Field(
        default_factory=lambda: platformdirs.user_data_path("kallbot") / "index",
        description="The folder of the index.",
    )
    milvus_uri: Annotated[
        HttpUrl | None, BeforeValidator(nothing_if_empty), AfterValidator(without_password)
    ] = Field(
        default=None,
        description="The Milvus server that the index lives on, in place of a folder; the name of "
        "a database may follow the port.",
    )
    milvus_token: Annotated[
        SecretStr | None, BeforeValidator(nothing_if_empty), AfterValidator(one_line)
    ] = Field(
        default=None,
        description="The key, or `user:password`, that the Milvus server asks for, if it does.",
    )
    documents: Path | None = Field(
        default=None,
        description="The folder of the documents; by default the one that the index was made "
        "from. A bot that has no index yet takes the five example documents.",
    )
    model: str = Field(
        default=BUNDLED,
        description="The embedding model: `bundled`, the name of a SentenceTransformer on the "
        "hub, or the folder of one.",
    )
    threshold: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="The lowest confidence at which an answer is given, 0 to 1; below it the "
        "places that may hold it are shown. The default was fitted with the reader.",
    )
    state: Path = Field(
        default_factory=lambda: platformdirs.user_state_path("kallbot"),
        description="The folder of what the bot and the REPL remember.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags take precedence over the environment, and the environment over the file."""
        return init_settings, env_settings, _ConfigFile(settings_cls)


class _ConfigFile(TomlConfigSettingsSource):
    """Reads the file of settings, also with the byte order mark that some editors write."""

    def _read_file(self, file_path: Any) -> dict[str, Any]:
        return tomllib.loads(file_path.read_text(encoding="utf-8-sig"))


def load_settings(**flags: Any) -> Settings:
    """Load the settings; flags that are not None take precedence; raises SettingsError."""
    _check_environment()
    if Path(CONFIG_FILE).is_dir():
        raise SettingsError(f"{CONFIG_FILE} is a folder: rename it, or make it a file")
    given = {name: value for name, value in flags.items() if value is not None}
    if "index" in given:  # an explicit folder takes precedence over the server in the environment
        given.setdefault("milvus_uri", None)
    try:
        return Settings(**given)
    except ValidationError as error:
        raise SettingsError(_explain(error)) from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{CONFIG_FILE} is not valid TOML ({error}): correct it") from error


def _check_environment() -> None:
    """Raise SettingsError for a prefixed name in the environment that is not a setting."""
    prefix = str(Settings.model_config["env_prefix"])
    known = [name.upper() for name in Settings.model_fields]
    for name in sorted(os.environ):
        written = name.upper().removeprefix(prefix)
        if name.upper().startswith(prefix) and written not in known:
            near = difflib.get_close_matches(written, known, 1)
            meant = f"write {prefix}{near[0]}" if near else "correct or remove it"
            raise SettingsError(f"{name} in the environment is not a setting: {meant}")


def _explain(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    name = shortened(".".join(str(part) for part in first["loc"]))
    if first["type"] == "extra_forbidden":
        return f"{CONFIG_FILE} sets {name}, which is not a setting: correct or remove it"
    return f"the setting {name} is wrong ({first['msg']}): correct it"
