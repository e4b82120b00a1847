"""The card of a model, written from its own record: what it is made of, how good it is and where it fails."""

from pleura.evidence.card.measured import Measured, metrics_beside, read_measured
from pleura.evidence.card.page import model_card
from pleura.evidence.card.record import Record, record_of
from pleura.evidence.card.text import CardText, read_card_text, text_beside

__all__ = [
    "CardText",
    "Measured",
    "Record",
    "metrics_beside",
    "model_card",
    "read_card_text",
    "read_measured",
    "record_of",
    "text_beside",
]
