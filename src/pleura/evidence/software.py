"""Which software made the figures."""

import platform
from importlib.metadata import PackageNotFoundError, version

_PACKAGES = ("pleura", "numpy", "scipy", "opencv-python-headless", "pillow", "pydicom", "onnxruntime", "openvino")


def software_versions() -> dict[str, str]:
    """Versions of Python and of the packages that read, run and count, of those that are installed."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found | {"python": platform.python_version()}
