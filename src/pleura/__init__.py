"""pleura finds, outlines and measures a pneumothorax on a chest radiograph."""

from importlib.metadata import version

__version__ = version("pleura")
