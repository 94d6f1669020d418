"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from kgbuilder.errors import GraphError

__all__ = ["written_whole"]


@contextmanager
def written_whole(path: Path) -> Iterator[TextIO]:
    """A UTF-8 text file that takes the name ``path`` only when all of it is written.

    :raises GraphError: when it cannot be written; what stood there before is then as it was.
    """
    if path.is_dir():
        raise GraphError("this is a folder", where=str(path), hint="name a file to write")
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
    except OSError as error:
        raise GraphError(f"cannot be written: {error.strerror}", where=str(path)) from error
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        draft.chmod(0o666 & ~mask)
        draft.replace(path)
    except OSError as error:
        raise GraphError(f"cannot be written: {error.strerror}", where=str(path)) from error
    finally:
        draft.unlink(missing_ok=True)
