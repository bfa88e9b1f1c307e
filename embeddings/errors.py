"""The errors a user may meet, each with a message of one line that says what to do.

KallbotError
├── DocumentError     a file, or the documents folder, cannot be read
├── ModelError        the embedding model cannot be found or loaded
├── IndexUnavailable  the index cannot be used for answering
│   ├── IndexMissing      there is none
│   ├── IndexDamaged      a file is missing or its checksum differs
│   ├── IndexMismatch     it has another format version or is of another model
│   │   └── IndexOutdated     an older Källbot built it; a rebuild brings it up to date
│   ├── IndexUnreachable  its server does not answer, or refuses
│   └── IndexReplaced     the open version has been removed
├── IndexBusy         another process is rebuilding it
├── IndexUnwritable   there is no room, or no permission, to write it
└── QuestionError     the question is empty or too long
    └── QuestionTooHeavy  answering it takes more time or memory than allowed
"""


class KallbotError(Exception):
    """The base class of every error that a user may meet."""


class DocumentError(KallbotError):
    """A document, or the folder of documents, cannot be read."""


class ModelError(KallbotError):
    """The embedding model cannot be found, or is damaged."""


class IndexUnavailable(KallbotError):  # noqa: N818 - a state of the index
    """The index cannot be used for answering; the message names the command that repairs it."""


class IndexMissing(IndexUnavailable):
    """There is no index in the folder."""


class IndexDamaged(IndexUnavailable):
    """A file of the index is missing, truncated or changed."""


class IndexMismatch(IndexUnavailable):
    """The index has another format version, or was built with another model."""


class IndexOutdated(IndexMismatch):
    """The index has an older format version; a rebuild takes over its vectors."""


class IndexUnreachable(IndexUnavailable):
    """The server of the index does not answer, or refuses the request."""


class IndexReplaced(IndexUnavailable):
    """The open version has been removed, since a newer one is current."""


class IndexBusy(KallbotError):  # noqa: N818 - a state of the index
    """Another process is rebuilding the index."""


class IndexUnwritable(KallbotError):  # noqa: N818 - a state of the index
    """The index cannot be written to its location."""


class QuestionError(KallbotError):
    """The question is empty, or longer than the limit."""


class QuestionTooHeavy(QuestionError):  # noqa: N818 - says what it is
    """Answering the question takes more time or memory than allowed."""
