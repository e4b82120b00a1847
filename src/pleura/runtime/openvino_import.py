"""Importing OpenVINO without its conversion tools.

`import openvino` imports `openvino.tools.ovc`, and that, as of 2026.4, sends an event to its maker over the network
and writes a client id into the home folder. A hospital's film reader must do neither. OpenVINO works without
these tools, and says so itself: it catches the ImportError.
"""

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

_CONVERSION_TOOLS = "openvino.tools.ovc"


class _WithoutConversionTools(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == _CONVERSION_TOOLS:
            raise ImportError(f"pleura does not load {_CONVERSION_TOOLS}", name=fullname)
        return None


def import_openvino() -> ModuleType:
    """Import OpenVINO; its conversion tools are out of reach for as long as that takes, and no longer."""
    guard = _WithoutConversionTools()
    sys.meta_path.insert(0, guard)
    try:
        return importlib.import_module("openvino")
    finally:
        sys.meta_path.remove(guard)
