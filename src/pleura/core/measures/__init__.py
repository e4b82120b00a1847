"""What is measured on an outline: its parts and their sides, and how large a pneumothorax is."""

from pleura.core.measures.regions import area_cm2, measure_regions, sided_regions

__all__ = ["area_cm2", "measure_regions", "sided_regions"]
