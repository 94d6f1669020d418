"""Running an exported model through onnxruntime: one text at a time, so that no answer depends on
what else is in the batch; threads share the work.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from kgbuilder.errors import InputError

__all__ = ["OnnxModel"]


class OnnxModel:
    """An exported model with one output.

    :param n_threads: threads within one call of ``run``; results do not depend on it beyond
        rounding of the last bits.
    :raises InputError: when the file is missing or is not such a model.
    """

    def __init__(self, path: Path, *, n_threads: int = 1) -> None:
        if not path.exists():
            raise InputError("no model file", where=str(path), hint="is the installation whole?")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = n_threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime has no error tree of its own
            raise InputError(f"not a model that can be run: {error}", where=str(path)) from error

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """The model's output for its named inputs."""
        (output,) = self._session.run(None, dict(inputs))
        return np.asarray(output, dtype=np.float32)
