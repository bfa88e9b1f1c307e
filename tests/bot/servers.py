"""What tests need to start servers on loopback."""

import socket

import pytest

from tests.bot.bot_api import BotApi


def free_port():
    """A port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def api_fixture(scope):
    """A fixture: a server that speaks the Bot API, one for each `scope`."""

    @pytest.fixture(scope=scope)
    def api():
        with BotApi() as server:
            yield server

    return api
