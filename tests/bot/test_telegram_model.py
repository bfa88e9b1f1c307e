"""The bot with the model that it brings."""

import pytest

from tests.bot.bot_api import BotApi
from tests.bot.telegram_documents import SEED_QUESTION
from tests.bot.telegram_process import BotProcess


@pytest.mark.model
def test_the_bundled_model_builds_the_index_and_answers_from_the_seeds(tmp_path):
    with BotApi() as api:
        bot = BotProcess(
            api, tmp_path, real_model=True, threshold=None, telegram_history_questions=None
        )
        bot.start(ready=False)
        try:
            bot.wait_for_log("no index in", 60)
            bot.wait_for_log("running as", 120)
            chat = api.private()
            api.say(chat, text=SEED_QUESTION)
            [sent] = api.wait_for_messages(chat, 1, 30)
            assert sent.button("👍")
            api.say(chat, text="Och vem var där från Boverket?")
            follow_up = api.wait_for_messages(chat, 2, 30)[1]
            assert follow_up.button("👍")
            api.say(chat, text="Tack så mycket!")
            thanked = api.wait_for_messages(chat, 3, 30)[2]
            assert (thanked.text, thanked.buttons) == ("Varsågod!", [])
            api.say(chat, text="vilka dokument har du?")
            listed = api.wait_for_messages(chat, 4, 30)[3]
            assert "Dokumenten, 5 st" in listed.text
            status, seconds = bot.terminate()
            assert status == 0
            assert seconds < 10
        finally:
            bot.__exit__()
