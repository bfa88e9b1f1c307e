"""What can go wrong, each with a message of one line that says what to do.

KallbotError
├── DocumentError     a file, or the documents folder, cannot be read
├── ModelError        the embedding model cannot be found or loaded
├── IndexUnavailable  the index cannot be answered from
│   ├── IndexMissing      there is none
│   ├── IndexDamaged      a file is gone or its checksum differs
│   ├── IndexMismatch     another format version or another model made it
│   │   └── IndexOutdated     an older Källbot made it; a rebuild brings it up to date
│   ├── IndexUnreachable  the server that it is on does not answer, or refuses
│   └── IndexReplaced     the version that was open has been put away
├── IndexBusy         another process is rebuilding it
├── IndexUnwritable   there is no room, or no permission, to write it
└── QuestionError     the question is empty or too long
    └── QuestionTooHeavy  answering it takes more time or memory than a question may
"""


class KallbotError(Exception):
    """The root of every error that a user may meet."""


class DocumentError(KallbotError):
    """A document, or the folder of documents, cannot be read."""


class ModelError(KallbotError):
    """The embedding model cannot be found, or is not what it should be."""


class IndexUnavailable(KallbotError):  # noqa: N818 - a state of the index
    """The index cannot be answered from; the message names the mending command."""


class IndexMissing(IndexUnavailable):
    """There is no index in the folder."""


class IndexDamaged(IndexUnavailable):
    """A file of the index is gone, cut short or changed."""


class IndexMismatch(IndexUnavailable):
    """The index is of another format version, or made with another model."""


class IndexOutdated(IndexMismatch):
    """The index is of an older format version; a rebuild takes over the vectors that it has."""


class IndexUnreachable(IndexUnavailable):
    """The server that the index is on does not answer, or refuses what it is asked."""


class IndexReplaced(IndexUnavailable):
    """The version that was open has been put away, since a newer one is current."""


class IndexBusy(KallbotError):  # noqa: N818 - a state of the index
    """Another process is rebuilding the index."""


class IndexUnwritable(KallbotError):  # noqa: N818 - a state of the index
    """The index cannot be written where it should be."""


class QuestionError(KallbotError):
    """The question cannot be asked: empty, or longer than the limit."""


class QuestionTooHeavy(QuestionError):  # noqa: N818 - says what it is
    """Answering the question takes more time, or memory, than a question may."""
