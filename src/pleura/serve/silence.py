"""Libraries that quote what is sent, and with it names of patients, say nothing in any process of the service."""

import logging
import warnings

_TALKATIVE = ("pydicom", "pynetdicom", "highdicom", "PIL", "python_multipart", "alembic", "sqlalchemy")


def silence_libraries() -> None:
    """Drop their log lines, and all warnings, of this process."""
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    warnings.simplefilter("ignore")
