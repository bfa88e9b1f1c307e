"""The server as a test holds it: people who write and press, and what the bot did."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable
from typing import Any, Self, TypeVar

from tests.bot.bot_api.content import SERVICE, other_content
from tests.bot.bot_api.entities import formatted, found_entities
from tests.bot.bot_api.faults import Faults, FloodLimits
from tests.bot.bot_api.markup import utf16_length
from tests.bot.bot_api.model import Call, Callback, Chat, InlineQuery, Json, Message, User
from tests.bot.bot_api.server import Server
from tests.bot.bot_api.world import World

T = TypeVar("T")


class BotApi:
    """A Bot API server for one bot; use it as a context manager."""

    def __init__(
        self,
        *,
        token: str = "7000000001:TEST-token_that_must_never_be_logged",
        username: str = "kallbot_test_bot",
        privacy: bool = True,
        port: int = 0,
        flood_limits: FloodLimits | None = None,
        inline_feedback: bool = False,
    ) -> None:
        self.token = token
        self.me = User(int(token.split(":")[0]), "Källbot", username, None, is_bot=True)
        self.faults = Faults()
        self.inline_feedback = inline_feedback
        self._world = World(self.me, privacy=privacy, limits=flood_limits)
        self._server = Server(self._world, self.faults, token, port)
        self._user_ids = itertools.count(6_000_000_001)
        self._group_ids = itertools.count(4_000_000_001)
        self._supergroup_ids = itertools.count(1_002_000_000_001)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listens; after a stop on the same port again, with everything it knew."""
        self._server.start()

    def stop(self) -> None:
        """Closes every connection and the port, and raises what went wrong in the server itself."""
        self._server.stop()
        if self._server.broken:
            raise self._server.broken.pop()

    @property
    def port(self) -> int:
        """The port it listens on; 0 before the first start, unless one was given."""
        return self._server.port

    @property
    def base_url(self) -> str:
        """What python-telegram-bot takes as base_url."""
        return f"http://127.0.0.1:{self.port}/bot"

    @property
    def base_file_url(self) -> str:
        """What python-telegram-bot takes as base_file_url."""
        return f"http://127.0.0.1:{self.port}/file/bot"

    def forward(self, public_url: str, private_url: str) -> None:
        """Delivers webhook updates for a public URL to a local one, as a reverse proxy does."""
        self._server.proxies[public_url] = private_url

    # People and places

    def add_user(
        self,
        first_name: str = "Anna",
        *,
        user_id: int | None = None,
        username: str | None = None,
        language_code: str | None = "sv",
    ) -> User:
        """Adds a person."""
        with self._world.lock:
            user_id = user_id if user_id is not None else next(self._user_ids)
            user = User(user_id, first_name, username, language_code)
            self._world.users[user_id] = user
            return user

    def private(self, user: User | None = None, *, started: bool = True) -> Chat:
        """The person's private chat with the bot (a new person's without one given)."""
        with self._world.lock:
            user = user or self.add_user()
            chat = self._world.chats.get(user.id)
            return chat or self._add(Chat(user.id, "private", user=user, started=started))

    def group(self, title: str = "Grupp", *members: User) -> Chat:
        """Adds a basic group that the bot is a member of."""
        with self._world.lock:
            chat_id = -next(self._group_ids)
            return self._add(Chat(chat_id, "group", title, members=list(members)))

    def supergroup(
        self,
        title: str = "Supergrupp",
        *members: User,
        topics: Iterable[str] = (),
        username: str | None = None,
    ) -> Chat:
        """Adds a supergroup; with topics it is a forum, see `chat.topics` (id to name)."""
        with self._world.lock:
            chat_id = -next(self._supergroup_ids)
            chat = Chat(chat_id, "supergroup", title, username, members=list(members))
            self._add(chat)
            for name in topics:
                self.add_topic(chat, name)
            return chat

    def add_topic(self, chat: Chat, name: str, creator: User | None = None) -> int:
        """Opens a topic in a supergroup and returns its id, that of its service message."""
        with self._world.lock:
            creator = creator or (chat.members[0] if chat.members else self.add_user("Ägaren"))
            extra = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
            message = self._world.add(chat, creator, extra=extra, service=True)
            message.topic = message.id
            chat.topics[message.id] = name
            return message.id

    def channel(self, title: str = "Kanal", *, username: str | None = None) -> Chat:
        """Adds a channel that the bot may post in."""
        with self._world.lock:
            chat_id = -next(self._supergroup_ids)
            return self._add(Chat(chat_id, "channel", title, username, bot_is_admin=True))

    def _add(self, chat: Chat) -> Chat:
        self._world.chats[chat.id] = chat
        return chat

    def block(self, user: User) -> None:
        """The person blocks the bot: sending to them is 403 from now on."""
        self._membership(user, "kicked")

    def unblock(self, user: User) -> None:
        """The person unblocks the bot."""
        self._membership(user, "member")

    def _membership(self, user: User, status: str) -> None:
        with self._world.lock:
            chat = self.private(user)
            user.blocks_bot = status == "kicked"
            me = self._world.render_user(self.me)
            states = {"kicked": {"status": "kicked", "until_date": 0}, "member": {"status": status}}
            other = "member" if status == "kicked" else "kicked"
            change = {
                "chat": self._world.render_chat(chat),
                "from": self._world.render_user(user),
                "date": int(time.time()),
                "old_chat_member": {"user": me, **states[other]},
                "new_chat_member": {"user": me, **states[status]},
            }
            self._world.push({"my_chat_member": change})

    def kick_bot(self, chat: Chat) -> None:
        """Somebody removes the bot from a group."""
        with self._world.lock:
            chat.bot_is_out = True

    def upgrade(self, group: Chat) -> Chat:
        """Turns a basic group into a supergroup, which has another id, and tells of it in both."""
        with self._world.lock:
            chat = self.supergroup(group.title or "", *group.members)
            person = self._person(group, None)
            self._say(group, person, extra={"migrate_to_chat_id": chat.id}, service=True)
            group.upgraded_to = chat.id
            self._say(chat, person, extra={"migrate_from_chat_id": group.id}, service=True)
            return chat

    # What people do

    def say(
        self,
        chat: Chat,
        user: User | None = None,
        text: str = "",
        *,
        reply_to: Message | None = None,
        topic: int | None = None,
        edit_of: Message | None = None,
        raw: bool = False,
        as_chat: Chat | None = None,
        quote: str | None = None,
    ) -> Message:
        """A person writes (or edits) a message; in a private chat the user may be left out.

        The text is cleaned, trimmed and refused as Telegram does; `raw` leaves it as it is. It may
        be written as a chat: the group itself, or a channel. `quote` is the part of the message
        replied to that the person marked.
        """
        entities = found_entities(text)
        if not raw:
            text, entities = formatted(text)
            if utf16_length(text) > 4096:
                raise ValueError("a person's message has at most 4,096 UTF-16 units")
        with self._world.lock:
            if edit_of is not None:
                self._world.edit(edit_of, text, entities, None)
                self._world.deliver(edit_of, edited=True)
                return edit_of
            fields: dict[str, Any] = {"as_chat": as_chat}
            if quote is not None and reply_to is not None:
                position = utf16_length(reply_to.text[: reply_to.text.index(quote)])
                fields["quote"] = {"text": quote, "position": position, "is_manual": True}
            return self._say(chat, user, text, entities, reply_to=reply_to, topic=topic, **fields)

    def _say(
        self,
        chat: Chat,
        user: User | None,
        text: str = "",
        entities: list[Json] | None = None,
        *,
        reply_to: Message | None = None,
        topic: int | None = None,
        **fields: Any,
    ) -> Message:
        if reply_to is not None and chat.is_forum:
            topic = topic or reply_to.topic
        if topic is not None and topic not in chat.topics:
            raise LookupError(f"chat {chat.id} has no topic {topic}")
        sender = None if chat.type == "channel" else self._person(chat, user)
        message = self._world.add(
            chat, sender, text, entities, reply_to=reply_to, topic=topic, **fields
        )
        message.thread = self._world.thread(message)
        self._world.deliver(message)
        return message

    def _person(self, chat: Chat, user: User | None) -> User:
        person = user or chat.user or (chat.members[0] if chat.members else None)
        if person is None:
            raise LookupError(f"who writes in chat {chat.id}?")
        if chat.user is None and person not in chat.members:
            chat.members.append(person)
        if chat.user is not None:
            chat.started = True
        return person

    def press(
        self,
        message: Message,
        button: str,
        user: User | None = None,
        *,
        forged: bool = False,
        inaccessible: bool = False,
    ) -> Callback:
        """A person presses the button with this text (or data); forged sends any data.

        An inaccessible message is one that is too old: the bot gets its id and no more.
        """
        with self._world.lock:
            data = button if forged else message.button(button).data
            if data is None:
                raise LookupError(f"button {button!r} opens a link")
            person = self._person(message.chat, user)
            callback = Callback(self._world.key(), person, data, message, time=time.monotonic())
            self._world.callbacks[callback.id] = callback
            update: Json = {
                "id": callback.id,
                "from": self._world.render_user(person),
                "chat_instance": str(hash(message.chat.id)),
                "data": data,
            }
            if message.inline_message_id is not None:
                update["inline_message_id"] = message.inline_message_id
            elif inaccessible:
                chat = self._world.render_chat(message.chat)
                update["message"] = {"chat": chat, "message_id": message.id, "date": 0}
            else:
                update["message"] = self._world.render(message)
            callback.update_id = self._world.push({"callback_query": update})
            return callback

    def expire(self, callback: Callback) -> None:
        """Makes a press too old to be answered."""
        with self._world.lock:
            callback.expired = True

    def inline(
        self, user: User, query: str, offset: str = "", *, chat_type: str = "private"
    ) -> InlineQuery:
        """A person types `@bot query` somewhere."""
        with self._world.lock:
            asked = InlineQuery(self._world.key(), user, query, offset, time=time.monotonic())
            self._world.inline_queries[asked.id] = asked
            update = {
                "id": asked.id,
                "from": self._world.render_user(user),
                "query": query,
                "offset": offset,
                "chat_type": chat_type,
            }
            asked.update_id = self._world.push({"inline_query": update})
            return asked

    def choose(self, query: InlineQuery, result_id: str, chat: Chat) -> Message:
        """A person sends an offered inline result into a chat."""
        with self._world.lock:
            result = next(r for r in query.results if r["id"] == result_id)
            markup, content = result.get("reply_markup"), result.get("parsed", {"text": "…"})
            inline_id = self._world.key("AgAAAM") if markup else None
            message = self._say(
                chat,
                query.user,
                content["text"],
                content.get("entities"),
                markup=markup,
                via_bot=self.me,
                inline_message_id=inline_id,
            )
            if inline_id is not None:
                self._world.inline_messages[inline_id] = message
            if self.inline_feedback:
                chosen = {
                    "result_id": result_id,
                    "from": self._world.render_user(query.user),
                    "query": query.query,
                }
                chosen |= {"inline_message_id": inline_id} if inline_id else {}
                self._world.push({"chosen_inline_result": chosen})
            return message

    def send_file(
        self,
        chat: Chat,
        user: User | None,
        name: str | None,
        data: bytes,
        mime: str | None = "text/plain",
        *,
        caption: str = "",
        size: int | None = None,
        topic: int | None = None,
    ) -> Message:
        """A person sends a document; size is what Telegram claims, if not len(data)."""
        text, entities = formatted(caption, allow_empty=True)
        with self._world.lock:
            size = len(data) if size is None else size
            document = self._world.add_file(name, data, mime, size)
            return self._say(chat, user, text, entities, topic=topic, document=document)

    def send_other(
        self,
        chat: Chat,
        kind: str,
        user: User | None = None,
        *,
        caption: str = "",
        album: str | None = None,
        topic: int | None = None,
    ) -> Message:
        """A person sends something else, or something happens in the chat.

        Kinds: photo, voice, sticker, video, video_note, audio, animation, location, venue,
        contact, poll, dice, story; new_chat_members, left_chat_member, new_chat_title,
        group_chat_created, pinned_message, forum_topic_edited, video_chat_started,
        message_auto_delete_timer_changed. Media may have a caption, and belong to an album.
        """
        text, entities = formatted(caption, allow_empty=True)
        with self._world.lock:
            person = self._person(chat, user)
            extra = other_content(kind, self._world.render_user(person), self._world.key("file"))
            if kind == "pinned_message":
                first = next(iter(self._world.messages[chat.id].values()))
                extra = {kind: self._world.render(first, nested=True)}
            extra |= {"media_group_id": album} if album else {}
            service = kind in SERVICE
            return self._say(
                chat, person, text, entities, topic=topic, extra=extra, service=service
            )

    def delete(self, message: Message) -> None:
        """A person deletes a message; the bot is not told."""
        with self._world.lock:
            message.deleted = True

    def push(self, update: Json) -> int:
        """Sends a raw update (without update_id) to the bot and returns its id."""
        with self._world.lock:
            return self._world.push(update)

    def flood(self, chat: Chat, seconds: float) -> None:
        """Puts one chat in flood wait: what the bot sends or edits there is 429 until then."""
        with self._world.lock:
            self._world.gate.hold(chat.id, seconds)

    # What the bot did

    def wait_for(self, predicate: Callable[[], T], timeout: float = 10.0) -> T:
        """Waits until the predicate gives something true, returns that; fails on timeout."""
        deadline = time.monotonic() + timeout
        while True:
            if value := predicate():
                return value
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"not within {timeout} s; last calls:\n{self._last_calls()}")
            with self._world.lock:
                self._world.changed.wait(min(left, 0.05))

    def _last_calls(self) -> str:
        lines = []
        for call in [c for c in self.calls() if c.method.lower() != "getupdates"][-10:]:
            text = {key: str(value)[:120] for key, value in call.parameters.items()}
            lines.append(f"{call.method} {call.status} {call.description or ''} {text}")
        return "\n".join(lines) or "none"

    def messages(self, chat: Chat) -> list[Message]:
        """What the bot sent to a chat, oldest first, deleted ones included."""
        with self._world.lock:
            stored = list(self._world.messages.get(chat.id, {}).values())
        if chat.type == "channel":
            return [message for message in stored if not message.update_ids]
        return [message for message in stored if message.sender is self.me]

    def wait_for_messages(self, chat: Chat, count: int = 1, timeout: float = 10.0) -> list[Message]:
        """Waits until the bot has sent so many messages to a chat, and gives them all."""
        self.wait_for(lambda: len(self.messages(chat)) >= count, timeout)
        return self.messages(chat)

    def replies(self, message: Message) -> list[Message]:
        """What the bot sent in reply to this message, oldest first."""
        return [sent for sent in self.messages(message.chat) if sent.reply_to is message]

    def calls(self, method: str | None = None) -> list[Call]:
        """Every call of a method (or of all), oldest first."""
        with self._world.lock:
            calls = list(self._world.calls)
        return [c for c in calls if method is None or c.method.lower() == method.lower()]

    def actions(self, chat: Chat) -> list[Call]:
        """The chat actions ("typing") that the bot showed in a chat, oldest first."""
        calls = self.calls("sendChatAction")
        return [c for c in calls if str(c.parameters.get("chat_id")) == str(chat.id)]

    def callbacks(self) -> list[Callback]:
        """Every press, oldest first."""
        with self._world.lock:
            return list(self._world.callbacks.values())

    def unanswered_callbacks(self) -> list[Callback]:
        """The presses that the bot has not answered."""
        return [c for c in self.callbacks() if not c.answered and not c.expired]

    def commands(self, language_code: str = "", scope: str = "default") -> dict[str, str]:
        """The bot's commands as registered: name to description."""
        with self._world.lock:
            commands = self._world.commands.get((scope, language_code), [])
        return {command["command"]: command["description"] for command in commands}

    def description(self, kind: str = "Description", language_code: str = "") -> str:
        """What the bot says of itself; kinds: Name, Description, ShortDescription."""
        with self._world.lock:
            return self._world.descriptions.get((kind, language_code), "")

    @property
    def webhook(self) -> Json:
        """The webhook as set: url, secret, connections and the last error."""
        with self._world.lock:
            return dict(self._world.webhook)

    @property
    def acknowledged(self) -> set[int]:
        """Ids of the updates that the bot confirmed (by offset, or 2xx at its webhook)."""
        with self._world.lock:
            return set(self._world.acknowledged)

    @property
    def pending(self) -> list[Json]:
        """The updates that the bot has not confirmed."""
        with self._world.lock:
            return list(self._world.pending.values())

    def update_id_of(self, message: Message) -> int:
        """The id of the update that carried a person's message (its last version)."""
        if not message.update_ids:
            raise LookupError(f"the bot was not told of message {message.id}")
        return message.update_ids[-1]
