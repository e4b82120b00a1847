"""Losses: what a recipe minimises, as a weighted sum of terms by name."""

from pleura.train.losses.targets import Targets
from pleura.train.losses.total import TERMS, total_loss

__all__ = ["TERMS", "Targets", "total_loss"]
