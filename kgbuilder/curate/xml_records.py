"""The records of a large XML file, one at a time: memory is that of one record.

No document type is fetched, no entity is expanded, and a file that declares entities is refused.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from kgbuilder.curate.text_file import open_bytes
from kgbuilder.errors import FormatError

__all__ = ["XmlRecord", "iter_xml_records", "texts_of"]


@dataclass(frozen=True, slots=True)
class XmlRecord:
    """A child of the root, its tags without their namespace.

    :param root: attributes of the root. :param where: file and line.
    """

    tag: str
    element: etree._Element
    root: dict[str, str]
    where: str


def iter_xml_records(path: Path, tags: tuple[str, ...]) -> Iterator[XmlRecord]:
    """The children of the root called one of ``tags``, in order. What they hold is gone when the next
    is asked for.

    :raises FormatError: where the file is malformed, cut off, declares entities, or holds no such child;
        what came before was given.
    """
    depth, n, number = 0, 0, 0
    root: dict[str, str] = {}
    try:
        with open_bytes(path) as raw:
            events = etree.iterparse(
                raw,
                events=("start", "end"),
                resolve_entities=False,
                load_dtd=False,
                no_network=True,
                huge_tree=False,
                remove_comments=True,
                remove_pis=True,
            )
            for event, element in events:
                if event == "start":
                    if depth == 0:
                        _refuse_entities(element, path)
                        root = {str(k): str(v) for k, v in element.attrib.items()}
                    depth += 1
                    continue
                depth -= 1
                if depth == 1:
                    number = element.sourceline or number
                    tag = etree.QName(element).localname
                    if tag in tags:
                        n += 1
                        for node in element.iter(etree.Element):
                            node.tag = etree.QName(node).localname
                        yield XmlRecord(tag, element, root, f"{path}:{number}")
                    element.clear()
                    while (before := element.getprevious()) is not None:
                        before.getparent().remove(before)
    except etree.XMLSyntaxError as error:
        raise FormatError(
            f"malformed XML: {error.msg}",
            where=f"{path}, after {n} records",
            hint="fetch it again; the records before are taken",
        ) from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FormatError(
            f"the file is cut off or damaged: {error}", where=f"{path}, after {n} records"
        ) from error
    if not n:
        raise FormatError(f"no <{'> or <'.join(tags)}> in it", where=str(path))


def _refuse_entities(root: etree._Element, path: Path) -> None:
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and declared.entities():  # type: ignore[attr-defined]
        raise FormatError(
            "the file declares entities, which are never expanded here",
            where=str(path),
            hint="resolve the entities with a tool that you trust and remove the declarations",
        )


def texts_of(element: etree._Element, path: str) -> Iterator[str]:
    """The texts of the elements at ``path`` that are not blank."""
    for found in element.iterfind(path):
        text = " ".join((found.text or "").split())
        if text:
            yield text
