"""Data sets: importers, patient-safe splits, and the folder that training and evaluation read."""

from pleura.data.case import Case
from pleura.data.dataset import Dataset, load_dataset
from pleura.data.record import DatasetRecord

__all__ = ["Case", "Dataset", "DatasetRecord", "load_dataset"]
