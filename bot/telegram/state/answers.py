"""The answers given, with the places of their citations, and the votes on them."""

import json
import time
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

import sqlalchemy as sa

from bot.telegram.records import Place, SourcePlace, StoredAnswer
from bot.telegram.state.chats import earlier_ids_query
from bot.telegram.state.database import Database
from bot.telegram.tables import ANSWERS, FEEDBACK


class Answers(Database):
    """Stores answers for buttons, edits and follow-up questions, and the votes on them."""

    @abstractmethod
    def next_answer(self) -> int:
        """An unused id for an answer."""

    def answer(self, number: int) -> StoredAnswer | None:
        """The answer with this id, if it is stored."""
        return self._latest_answer(ANSWERS.c.id == number)

    def answer_to(self, chat: int, message: int) -> StoredAnswer | None:
        """The latest answer to a person's message."""
        return self._latest_answer(ANSWERS.c.chat == chat, ANSWERS.c.question_message == message)

    def replace_answer(self, number: int, answer: StoredAnswer) -> None:
        """Replace an answer and the votes on it with the answer to the edited question."""
        with self._transaction():
            self._lock_claim(answer.update_id)
            self._delete(ANSWERS, ANSWERS.c.id == number)
            self._delete(FEEDBACK, FEEDBACK.c.answer == number)
            self._add_answer(answer)

    def history(self, place: Place, minutes: int, limit: int) -> tuple[str, ...]:
        """The latest questions of a person in a chat or topic, oldest first."""
        query = sa.select(ANSWERS.c.question).where(
            _is_at(place),
            ANSWERS.c.at > time.time() - 60 * minutes,
            ANSWERS.c.question.is_not(None),
            ANSWERS.c.forgotten == 0,
            ANSWERS.c.command == "ask",
        )
        rows = self._all(query.order_by(ANSWERS.c.id.desc()).limit(limit))
        return tuple(question for (question,) in reversed(rows))

    def forget_history(self, place: Place) -> None:
        """Exclude the earlier questions of a person in a chat or topic from the history."""
        self._run(sa.update(ANSWERS).where(_is_at(place)).values(forgotten=1))

    def _add_answer(self, answer: StoredAnswer) -> None:
        place, places = answer.place, [astuple(place) for place in answer.places]
        self._add(
            ANSWERS, id=answer.id, update_id=answer.update_id, chat=place.chat,
            thread=place.thread, user=place.user, question_message=answer.question_message,
            command=answer.command, question=answer.question, history=json.dumps(answer.history),
            kind=answer.outcome, language=answer.language, version=answer.version,
            text=answer.text, refused=int(answer.refused), places=json.dumps(places),
            tail=answer.tail,
        )  # fmt: skip

    def _latest_answer(self, *conditions: sa.ColumnElement[bool]) -> StoredAnswer | None:
        query = sa.select(ANSWERS).where(*conditions).order_by(ANSWERS.c.id.desc())
        rows = self._all(query.limit(1))
        return _stored(rows[0]) if rows else None

    # Votes

    def vote(self, answer: StoredAnswer, user: int, vote: int) -> bool:
        """Store a 👍 (1) or 👎 (-1); returns whether it differs from the person's last vote."""
        said = sa.and_(FEEDBACK.c.answer == answer.id, FEEDBACK.c.user == user)
        known = self._all(sa.select(FEEDBACK.c.vote).where(said))
        insert = self._insert(FEEDBACK).values(
            answer=answer.id, user=user, asker=answer.place.user, vote=vote,
            question=answer.question, history=json.dumps(answer.history), kind=answer.outcome,
            text=answer.text, refused=int(answer.refused), version=answer.version,
            sources=json.dumps(sorted({place.document for place in answer.places})),
        )  # fmt: skip
        again = {"vote": insert.excluded.vote, "at": insert.excluded.at}
        self._run(insert.on_conflict_do_update(index_elements=FEEDBACK.primary_key, set_=again))
        return known != [(vote,)]

    def disliked(self) -> Sequence[Any]:
        """The answers with 👎: id, question, history (JSON), kind, short answer, refused."""
        columns = FEEDBACK.c["answer", "question", "history", "kind", "text", "refused"]
        query = sa.select(*columns).where(FEEDBACK.c.vote < 0)
        return self._all(query.distinct().order_by(FEEDBACK.c.answer))

    def votes(self) -> tuple[int, int]:
        """The number of 👍 and the number of 👎."""
        vote, count = FEEDBACK.c.vote, sa.func.count()
        [(up, down)] = self._all(sa.select(count.filter(vote > 0), count.filter(vote < 0)))
        return up, down


def _is_at(place: Place) -> sa.ColumnElement[bool]:
    """Whether an answer was given at a place; a supergroup includes the group that it was."""
    return sa.and_(
        sa.or_(ANSWERS.c.chat == place.chat, ANSWERS.c.chat.in_(earlier_ids_query(place.chat))),
        ANSWERS.c.thread == place.thread,
        ANSWERS.c.user == place.user,
    )


def _stored(row: Any) -> StoredAnswer:
    return StoredAnswer(
        id=row.id,
        update_id=row.update_id,
        place=Place(row.chat, row.thread, row.user),
        question_message=row.question_message,
        command=row.command,
        question=row.question,
        history=tuple(json.loads(row.history)),
        outcome=row.kind,
        language=row.language,
        version=row.version,
        text=row.text,
        refused=bool(row.refused),
        places=tuple(
            SourcePlace(document, text_hash, (passage[0], passage[1]), (quote[0], quote[1]))
            for document, text_hash, passage, quote in json.loads(row.places)
        ),
        tail=row.tail,
    )


def export_feedback(answers: Answers) -> list[dict[str, Any]]:
    """The answers with 👎, in the format of a question file for `kallbot evaluate`.

    `answer_none` holds the answer that was disliked, except a list, of which a part may be right;
    who reads the export fills in what a right answer contains.
    """
    return [
        {
            "id": f"feedback-{number}",
            "question": question,
            "kind": kind,
            "history": json.loads(history),
            "answer_all": [],
            "answer_any": [],
            "answer_none": [text] if text and not refused and "\n" not in text else [],
            "sources": [],
            "answerable": True,
        }
        for number, question, history, kind, text, refused in answers.disliked()
    ]
