"""What is measured on an outline: its parts and their sides, and how large a pneumothorax is.

`measure_film` measures all there is; `table` says what each measure is and when it may be said.
"""

from pleura.core.measures.film import Measured, measure_film
from pleura.core.measures.regions import measure_regions
from pleura.core.measures.table import MEASURES

__all__ = ["MEASURES", "Measured", "measure_film", "measure_regions"]
