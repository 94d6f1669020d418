"""Values as one line of JSON each, at what it costs to write them.

``JSONEncoder.encode`` makes its C encoder anew for each value, which costs a short record as much again
as writing it. Here there is one encoder for all lines of a kind.
"""

from __future__ import annotations

import json
import json.encoder
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["to_ascii_line", "to_line"]

Record = Mapping[str, Any]


def _writer(*, ensure_ascii: bool, sort_keys: bool) -> Callable[[Record], str]:
    plain = json.JSONEncoder(ensure_ascii=ensure_ascii, sort_keys=sort_keys)
    make: Any = getattr(json.encoder, "c_make_encoder", None)
    name = "encode_basestring_ascii" if ensure_ascii else "encode_basestring"
    text = getattr(json.encoder, name)
    # markers (none: records are no circles), default, encoder, indent, separators, sort_keys,
    # skipkeys, allow_nan
    try:
        encode = make(None, plain.default, text, None, ": ", ", ", sort_keys, False, True)
    except TypeError:  # another Python, which has none or takes other things
        return plain.encode
    return lambda record: "".join(encode(record, 0))


to_ascii_line = _writer(ensure_ascii=True, sort_keys=False)
"""One line of ASCII, keys as they come."""
_readable = _writer(ensure_ascii=False, sort_keys=True)
_escaped = _writer(ensure_ascii=True, sort_keys=True)


def to_line(record: Record) -> str:
    """One line of JSON, keys sorted: equal records give equal lines.

    Text stays readable; only where it holds half a surrogate pair, which UTF-8 cannot write, is all
    that is not ASCII escaped.
    """
    line = _readable(record)
    if not line.isascii():
        try:
            line.encode("utf-8")
        except UnicodeEncodeError:
            return _escaped(record)
    return line
