"""What every reader promises, whatever it reads."""

import io
from collections.abc import Callable

import pytest

from kgbuilder.errors import FormatError
from kgbuilder.issues import Issues
from kgbuilder.model import DeletedDocument, Document
from kgbuilder.protocols import Reader
from kgbuilder.read.bioc import BiocJsonReader, BiocXmlReader
from kgbuilder.read.jats import JatsReader
from kgbuilder.read.medline import MedlineReader
from kgbuilder.read.plain import PlainReader
from kgbuilder.read.pubtator import PubtatorReader
from kgbuilder.read.table import CsvReader, JsonlReader
from tests.read import samples

READERS: dict[str, tuple[Callable[[], Reader], str]] = {
    "medline": (MedlineReader, samples.MEDLINE),
    "jats": (JatsReader, samples.JATS),
    "bioc xml": (BiocXmlReader, samples.BIOC_XML),
    "bioc json": (BiocJsonReader, samples.BIOC_JSON),
    "pubtator": (PubtatorReader, samples.PUBTATOR),
    "csv": (CsvReader, samples.CSV),
    "jsonl": (JsonlReader, samples.JSONL),
    "plain": (PlainReader, samples.NOTE),
}


class Dripping(io.RawIOBase):
    """A stream that gives a few bytes at a time, cannot be rewound, and counts what was taken."""

    def __init__(self, data: bytes, n: int = 1) -> None:
        self.data, self.n, self.n_taken = data, n, 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        self.n_taken += self.n
        return self.data[self.n_taken - self.n : self.n_taken]


@pytest.fixture(params=list(READERS))
def case(request: pytest.FixtureRequest) -> tuple[Reader, str]:
    make, text = READERS[request.param]
    return make(), text


def read(reader: Reader, data: bytes) -> list[Document | DeletedDocument]:
    return list(reader.read(io.BytesIO(data), source="s", issues=Issues()))


def test_documents_have_ids_text_and_exact_sections(case: tuple[Reader, str]) -> None:
    found = read(case[0], case[1].encode())
    assert found
    for document in found:
        assert document.id
        assert document.source == "s"
        if isinstance(document, DeletedDocument):
            continue
        assert document.text.strip()
        assert document.kind in ("note", "paper")
        end = 0
        for section in document.sections:
            assert end <= section.span.start < section.span.end <= len(document.text)
            assert section.span.of(document.text).strip()
            assert section.kind == section.kind.lower() != ""
            end = section.span.end
        if document.sections:  # and no word stands outside of them
            outside = list(document.text)
            for section in document.sections:
                outside[section.span.start : section.span.end] = " " * len(section.span)
            assert not "".join(outside).strip()


def test_reading_again_gives_the_same(case: tuple[Reader, str]) -> None:
    reader, text = case
    assert read(reader, text.encode()) == read(reader, text.encode())


def test_slow_streams_give_the_same(case: tuple[Reader, str]) -> None:
    reader, text = case
    issues = Issues()
    stream = Dripping(text.encode())
    found = list(reader.read(stream, source="s", issues=issues))  # type: ignore[arg-type]
    assert found == read(reader, text.encode())


def test_nothing_is_read_before_it_is_asked_for(case: tuple[Reader, str]) -> None:
    data = case[1].encode() + b"\n" * 300_000
    stream = Dripping(data, 1000)
    documents = case[0].read(stream, source="s", issues=Issues())  # type: ignore[arg-type]
    assert stream.n_taken == 0
    next(documents)
    if len(read(case[0], data)) > 1:
        assert stream.n_taken < len(data)  # the first is there before the last is read


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"\x00\xff\x13" * 50, b"<", b"{", b'"', b"\x1f\x8b\x08"]
)
def test_rubbish_is_refused_in_words(case: tuple[Reader, str], data: bytes) -> None:
    issues = Issues()
    found, where = [], ""
    try:
        found = list(case[0].read(io.BytesIO(data), source="s", issues=issues))
    except FormatError as error:
        where = error.where
    assert found or list(issues) or where.startswith("s") or not data.strip()
