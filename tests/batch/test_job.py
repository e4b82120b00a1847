"""What names a run holds all that its rows depend on."""

import re
from importlib.metadata import requires

from batching import planned, write_films
from models import make_model

_MAKE_NO_ROW = {"cyclopts", "onnx", "pydantic", "rich"}
"""Dependencies that change no byte of a result."""


def test_versions_of_all_that_makes_a_row_are_in_the_settings(tmp_path):
    job = planned(write_films(tmp_path / "films", 2), tmp_path / "out", make_model(tmp_path / "m.onnx").path)
    needed = {re.match(r"[\w-]+", line)[0] for line in requires("pleura") if "extra ==" not in line}
    runtimes = {"onnxruntime", "openvino"}
    named = dict(job.settings.versions)
    assert set(named) == needed - _MAKE_NO_ROW - runtimes | {"pleura", "pyarrow", job.settings.runtime}
