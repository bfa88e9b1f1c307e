import re
from pathlib import Path

import pytest

from bot.settings import CONFIG_FILE, Settings, SettingsError, bundled_documents, load_settings

TOKEN = "123456:hemlig-nyckel"


def write_config(text):
    Path(CONFIG_FILE).write_text(text, encoding="utf-8")


def test_defaults_need_nothing(tmp_path):
    settings = load_settings()
    assert settings.threshold is None
    assert settings.documents is None
    assert settings.telegram_bot_token is None
    assert settings.index == tmp_path / "data" / "kallbot" / "index"
    assert settings.state == tmp_path / "state" / "kallbot"


def test_file_goes_before_the_defaults():
    write_config('threshold = 0.2\nindex = "från-filen"\n')
    settings = load_settings()
    assert settings.threshold == 0.2
    assert settings.index == Path("från-filen")


def test_environment_goes_before_the_file(monkeypatch):
    write_config("threshold = 0.2\n")
    monkeypatch.setenv("KALLBOT_THRESHOLD", "0.3")
    assert load_settings().threshold == 0.3


def test_flags_go_before_the_environment(monkeypatch):
    write_config("threshold = 0.2\n")
    monkeypatch.setenv("KALLBOT_THRESHOLD", "0.3")
    assert load_settings(threshold=0.4).threshold == 0.4


def test_flag_that_is_not_given_leaves_the_others_alone(monkeypatch):
    monkeypatch.setenv("KALLBOT_INDEX", "från-miljön")
    assert load_settings(index=None, model=None).index == Path("från-miljön")


def test_each_setting_may_come_from_another_place(monkeypatch):
    write_config('threshold = 0.2\nmodel = "modell"\n')
    monkeypatch.setenv("KALLBOT_MODEL", "annan")
    settings = load_settings(index=Path("i"))
    assert (settings.threshold, settings.model, settings.index) == (0.2, "annan", Path("i"))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("KALLBOT_INDX", "KALLBOT_INDX in the environment is not a setting: write KALLBOT_INDEX"),
        ("KALLBOT_ACESS", "write KALLBOT_ACCESS"),
        ("KALLBOT_TELEGRAM_TOKEN", "write KALLBOT_TELEGRAM"),
        ("KALLBOT_ZZZ", "KALLBOT_ZZZ in the environment is not a setting: correct or remove it"),
    ],
)
def test_name_in_the_environment_that_sets_nothing_is_told(monkeypatch, name, said):
    monkeypatch.setenv(name, "x")
    with pytest.raises(SettingsError, match=said):
        load_settings()


@pytest.mark.parametrize("shared", [1087968824, 136817688, 777000])
@pytest.mark.parametrize("name", ["allowed", "admins"])
def test_id_that_telegram_gives_to_all_who_write_as_a_chat_is_on_no_list(shared, name):
    with pytest.raises(SettingsError, match=f"{shared} is the id of everybody"):
        load_settings(**{name: f"12, {shared}"})


def test_the_file_may_begin_with_a_byte_order_mark():
    write_config("\ufeffthreshold = 0.2\n")
    assert load_settings().threshold == 0.2


def test_a_folder_in_place_of_the_file_is_told():
    Path("kallbot.toml").mkdir()
    with pytest.raises(SettingsError, match="is a folder"):
        load_settings()


def test_every_setting_is_in_the_pages():
    pages = "".join(page.read_text("utf-8") for page in Path(__file__).parents[2].glob("docs/*.md"))
    shortened = tuple(re.findall(r"…(_[A-Z_]+)`", pages))
    names = [name.upper() for name in Settings.model_fields]
    assert [name for name in names if name not in pages and not name.endswith(shortened)] == []


def test_unknown_key_in_the_file_is_named():
    write_config("tröskel = 0.2\n".replace("ö", "o"))
    with pytest.raises(SettingsError, match="troskel, which is not a setting"):
        load_settings()


@pytest.mark.parametrize("value", ["hög", "-1", "1.5", "nan", ""])
def test_value_that_cannot_be_is_named(monkeypatch, value):
    monkeypatch.setenv("KALLBOT_THRESHOLD", value)
    with pytest.raises(SettingsError, match="threshold") as caught:
        load_settings()
    assert "\n" not in str(caught.value)


def test_access_is_open_or_an_allowlist(monkeypatch):
    for value in ("open", "allowlist"):
        monkeypatch.setenv("KALLBOT_ACCESS", value)
        assert load_settings().access == value
    monkeypatch.setenv("KALLBOT_ACCESS", "alla")
    with pytest.raises(SettingsError, match="access"):
        load_settings()


@pytest.mark.parametrize(
    "content",
    [
        b"index = ",
        b"= 1",
        b"\xff\xfe",
        b"a = 1\na = 2",
        b"threshold = " + b"9" * 6000,
        b"a = " + b"[" * 5000,
    ],
)
def test_file_that_is_no_toml_is_told(content):
    Path(CONFIG_FILE).write_bytes(content)
    with pytest.raises(SettingsError, match=r"kallbot\.toml is not valid TOML"):
        load_settings()


def test_token_comes_from_the_environment_without_prefix(monkeypatch):
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    assert load_settings().telegram_bot_token.get_secret_value() == TOKEN


def test_token_is_masked_wherever_the_settings_are_written(monkeypatch):
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    settings = load_settings()
    for written in (repr(settings), str(settings), settings.model_dump_json(),
                    str(settings.model_dump())):  # fmt: skip
        assert "hemlig" not in written


@pytest.mark.parametrize("url", ["x", "http://[", "http://x:", "http://x", "ftp://x/bot"])
def test_the_address_of_a_server_leaves_room_for_no_token_in_host_or_port(monkeypatch, url):
    monkeypatch.setenv("KALLBOT_TELEGRAM_BASE_URL", url)
    with pytest.raises(SettingsError, match="telegram_base_url is wrong"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("telegram_webhook_url", "x"),
        ("telegram_webhook_url", "http://bot.example.org/"),
        ("telegram_webhook_url", "https://["),
        ("telegram_history_minutes", "9" * 400),
        ("telegram_workers", "1000000"),
        ("telegram_chat_interval", "inf"),
    ],
)
def test_a_value_that_would_fail_later_is_refused_at_once(monkeypatch, name, value):
    monkeypatch.setenv(f"KALLBOT_{name.upper()}", value)
    with pytest.raises(SettingsError, match=f"{name} is wrong"):
        load_settings()


def test_token_is_not_told_in_an_error(monkeypatch):
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    write_config(f'telegram_bot_token = "{TOKEN}"\nokand = "{TOKEN}"\nthreshold = "{TOKEN}"\n')
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "hemlig" not in str(caught.value)


def test_settings_cannot_be_changed_once_read():
    with pytest.raises(ValueError, match="frozen"):
        load_settings().threshold = 0.5


def test_every_setting_says_what_it_means():
    assert all(field.description for field in Settings.model_fields.values())


def test_bundled_documents_are_the_seeds():
    names = [path.name for path in bundled_documents().iterdir()]
    assert len(names) == 5
