"""Where parsed vocabularies are kept between runs. A cache only: deleting it loses nothing."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

__all__ = ["cache_dir", "find_cached", "write_cached"]


def cache_dir() -> Path:
    """The folder of the environment variable ``KGBUILDER_CACHE``, else ``~/.cache/kgbuilder`` (under
    ``XDG_CACHE_HOME`` where that is set). It may not exist, and may not be writable.
    """
    named = os.environ.get("KGBUILDER_CACHE")
    if named:
        return Path(named)
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path(os.path.expanduser("~")) / ".cache") / "kgbuilder"  # noqa: PTH111


def find_cached(name: str) -> Path | None:
    """The cached file called ``name``, or None where it is not there or the folder is out of reach."""
    path = cache_dir() / name
    try:
        return path if path.is_file() else None
    except OSError:
        return None


def write_cached(name: str, content: bytes) -> bool:
    """Keep ``content`` as ``name``, all or nothing: readers see the old file or the new one. False where
    the folder cannot be written, which is no error: the caller has what it needs.
    """
    folder = cache_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{name}-", dir=folder)
    except OSError:
        return False
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.replace(temporary, folder / name)  # noqa: PTH105
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        return False
    return True
