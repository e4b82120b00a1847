"""The papers' own stack in a process of its own environment, asked for one prediction at a time."""

import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

SCRIPT = Path(__file__).parent / "keras_predict.py"


class KerasChild:
    """segmentation-models 1.0.1 on tf-keras, kept open so that it takes turns with the others."""

    def __init__(self, environment: Path, side: int, threads: int) -> None:
        settings = {"SM_FRAMEWORK": "tf.keras", "TF_USE_LEGACY_KERAS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
        self._process = subprocess.Popen(
            [environment / "bin" / "python", SCRIPT, str(side), str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
            env={**os.environ, **settings},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()

    def predict(self) -> float:
        """Seconds of one `model.predict` on one film, as that process measured them.

        Raises:
            RuntimeError: the process has ended; run keras_predict.py by hand to see why.
        """
        pipes = self._process.stdin, self._process.stdout
        if pipes[0] is None or pipes[1] is None or self._process.poll() is not None:
            raise RuntimeError(f"{SCRIPT.name} has ended with {self._process.returncode}")
        pipes[0].write("predict\n")
        # Libraries print lines of their own.
        for line in pipes[1]:
            if line.startswith("seconds "):
                return float(line.split()[1])
        raise RuntimeError(f"{SCRIPT.name} has ended with {self._process.wait()}")
