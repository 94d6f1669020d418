"""Running an exported model through onnxruntime: one text at a time, so that no answer depends on
what else is in the batch; threads share the work.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kgbuilder.errors import InputError

if TYPE_CHECKING:
    import onnxruntime

__all__ = ["OnnxModel"]


class OnnxModel:
    """An exported model with one output. It is loaded when it is first run, so that whoever has nothing
    to read waits for nothing.

    :param n_threads: threads within one call of ``run``; results do not depend on it beyond
        rounding of the last bits.
    :raises InputError: when the file is missing.
    """

    def __init__(self, path: Path, *, n_threads: int = 1) -> None:
        if not path.exists():
            raise InputError("no model file", where=str(path), hint="is the installation whole?")
        self._path, self._n_threads = path, n_threads

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._n_threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            return onnxruntime.InferenceSession(
                str(self._path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime has no error tree of its own
            where = str(self._path)
            raise InputError(f"not a model that can be run: {error}", where=where) from error

    def load(self) -> None:
        """Load it now. :raises InputError: when it is no such model."""
        _ = self._session

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """The model's output for its named inputs. :raises InputError: when it is no such model."""
        (output,) = self._session.run(None, dict(inputs))
        return np.asarray(output, dtype=np.float32)
