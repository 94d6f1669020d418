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

from kgbuilder.errors import ConfigError, InputError

if TYPE_CHECKING:
    import onnxruntime

__all__ = ["OnnxModel"]


CUDA = "CUDAExecutionProvider"
CPU = "CPUExecutionProvider"
INT8 = b"MatMulIntegerToFloat"
"""The operation of int8 weights, by its name in the file. onnxruntime has it for the CPU, not for CUDA
(docs/OperatorKernels.md of microsoft/onnxruntime at 001d12d), and would copy there and back for each."""


class OnnxModel:
    """An exported model with one output. It is loaded when it is first run, so that whoever has nothing
    to read waits for nothing.

    :param n_threads: threads within one call of ``run``; results do not depend on it beyond
        rounding of the last bits.
    :param device: ``cpu``; ``cuda`` or ``cuda:1``, which needs onnxruntime-gpu and float weights, and
        gives other last digits; ``auto``: ``cuda`` where it can be had, else ``cpu``.
    :raises InputError: when the file is missing. :raises ConfigError: when the device is not there.
    """

    def __init__(self, path: Path, *, n_threads: int = 1, device: str = "cpu") -> None:
        if not path.exists():
            raise InputError("no model file", where=str(path), hint="is the installation whole?")
        self._path, self._n_threads, self._device = path, n_threads, device
        self._providers = _providers(device, path)

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._n_threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        where = str(self._path)
        try:
            session = onnxruntime.InferenceSession(where, options, providers=self._providers)
        except Exception as error:  # onnxruntime has no error tree of its own
            raise InputError(f"not a model that can be run: {error}", where=where) from error
        fell_back = len(self._providers) > 1 and CUDA not in session.get_providers()
        if fell_back and self._device != "auto":
            raise _not_there(self._device, where, "CUDA does not start", "is its driver there?")
        return session

    def load(self) -> None:
        """Load it now. :raises InputError: when it is no such model."""
        _ = self._session

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """The model's output for its named inputs. :raises InputError: when it is no such model."""
        (output,) = self._session.run(None, dict(inputs))
        return np.asarray(output, dtype=np.float32)


def _providers(device: str, path: Path) -> list[Any]:
    """What onnxruntime runs a model with on ``device``."""
    if device == "cpu":
        return [CPU]
    kind, colon, number = device.partition(":")
    if device != "auto" and (kind != "cuda" or bool(colon) != number.isdecimal()):
        raise ConfigError(f"unknown device {device!r}", hint="cpu, auto, cuda, cuda:1, ...")
    import onnxruntime

    if CUDA not in onnxruntime.get_available_providers():
        what = "this onnxruntime has no CUDA", "install onnxruntime-gpu in place of onnxruntime"
    elif INT8 in path.read_bytes():
        what = "int8 weights are for the CPU", "pipelines/export_float.py writes others"
    else:
        return [(CUDA, {"device_id": int(number or 0)}), CPU]
    if device == "auto":
        return [CPU]
    raise _not_there(device, str(path), *what)


def _not_there(device: str, where: str, what: str, hint: str) -> ConfigError:
    hint = f'{hint}; or device = "cpu" or "auto"'
    return ConfigError(f"device {device!r} cannot be used: {what}", where=where, hint=hint)
