"""Documents that are made up by rule, with questions, of kinds that no question set has."""

from training.made_up.documents import made_up_documents

__all__ = ["made_up_documents"]
