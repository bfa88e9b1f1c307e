"""Messages that hold neither text nor a document, as the Bot API writes them."""

from __future__ import annotations

import time

from tests.bot.bot_api.model import Json

SERVICE = {
    "new_chat_members",
    "left_chat_member",
    "new_chat_title",
    "group_chat_created",
    "pinned_message",
    "forum_topic_edited",
    "video_chat_started",
    "message_auto_delete_timer_changed",
}


def other_content(kind: str, user: Json, file_id: str) -> Json:
    """The fields of a message of this kind."""
    file: Json = {"file_id": file_id, "file_unique_id": f"u{file_id[-12:]}", "file_size": 1234}
    frame: Json = file | {"width": 320, "height": 240}
    place = {"latitude": 59.33, "longitude": 18.07}
    contents: dict[str, object] = {
        "photo": [frame, frame | {"file_id": f"{file_id}b", "width": 1280, "height": 960}],
        "voice": file | {"duration": 3, "mime_type": "audio/ogg"},
        "video": frame | {"duration": 3, "mime_type": "video/mp4"},
        "video_note": file | {"duration": 3, "length": 240},
        "audio": file | {"duration": 3, "mime_type": "audio/mpeg"},
        "animation": frame | {"duration": 3, "mime_type": "video/mp4"},
        "sticker": frame
        | {"type": "regular", "is_animated": False, "is_video": False, "emoji": "👍"},
        "location": place,
        "venue": {"location": place, "title": "Slottet", "address": "Slottsbacken 1"},
        "contact": {"phone_number": "+46700000000", "first_name": "Bo"},
        "poll": _poll(),
        "dice": {"emoji": "🎲", "value": 4},
        "story": {"chat": {"id": user["id"], "type": "private"}, "id": 1},
        "new_chat_members": [user],
        "left_chat_member": user,
        "new_chat_title": "Ny rubrik",
        "group_chat_created": True,
        "pinned_message": None,
        "forum_topic_edited": {"name": "Nytt namn"},
        "video_chat_started": {},
        "message_auto_delete_timer_changed": {"message_auto_delete_time": 86400},
    }
    if kind not in contents:
        raise LookupError(f"unknown kind {kind!r}, expected one of {sorted(contents)}")
    extra: Json = {kind: contents[kind]}
    if kind == "new_chat_members":
        extra |= {"new_chat_member": user, "new_chat_participant": user}
    if kind == "animation":
        extra["document"] = file | {"mime_type": "video/mp4"}
    if kind == "venue":
        extra["location"] = place
    return extra


def _poll() -> Json:
    return {
        "id": "1",
        "question": "Ja?",
        "options": [
            {"text": text, "voter_count": 0, "persistent_id": text} for text in ("Ja", "Nej")
        ],
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
        "allows_revoting": False,
        "members_only": False,
        "close_date": int(time.time()) + 600,
    }
