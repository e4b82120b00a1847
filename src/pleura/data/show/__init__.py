"""What a data set holds, and what of it is suspicious: as one page, and as JSON."""

from pleura.data.show.page import show_page
from pleura.data.show.survey import Survey, survey, survey_json

__all__ = ["Survey", "show_page", "survey", "survey_json"]
