"""Where a model is trained, and in which precision.

Training only (torch).
"""

from __future__ import annotations

import torch

from kgbuilder.errors import ConfigError

__all__ = ["device_of", "multiplies_bfloat16"]


def device_of(wanted: str = "auto") -> torch.device:
    """``auto``: the first CUDA device where there is one, else the CPU; or what PyTorch calls it.

    :raises ConfigError: when PyTorch knows no such device, or it is not there.
    """
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(wanted)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(
            f"device {wanted!r} cannot be used: {str(error).splitlines()[0]}",
            hint="auto, cpu, cuda, cuda:1, ...",
        ) from None
    return device


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 by itself: a CPU with AVX-512 BF16 or AMX, or a CUDA
    device of the Ampere generation or later. Elsewhere it is emulated, many times slower than float32.
    """
    if device.type == "cuda":
        return bool(torch.cuda.get_device_capability(device)[0] >= 8)
    if device.type != "cpu":
        return False
    asked = [
        getattr(torch.cpu, name, None)
        for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    ]
    return any(bool(ask()) for ask in asked if ask is not None)
