"""Cases as JSON lines, and the answer as the object that other programs rely on."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kgbuilder.errors import InputError, UsageError
from kgbuilder.issues import Issues
from kgbuilder.model import (
    CuratedEvidence,
    Curie,
    DerivedEvidence,
    Diagnosis,
    Differential,
    Evidence,
    Statement,
    TextEvidence,
    TextGuess,
)

__all__ = ["BrokenCase", "Case", "diagnosis_to_json", "error_to_json", "iter_cases", "read_cases"]


@dataclass(frozen=True, slots=True)
class Case:
    """One line. ``id`` is echoed as it was given, whatever JSON value it is.

    :param text: a note to read findings from, beside ``observed`` and ``excluded``.
    :param candidates: None where the line names none.
    :param not_understood: what stands in the line and is no identifier.
    """

    id: Any
    observed: tuple[Curie, ...] = ()
    excluded: tuple[Curie, ...] = ()
    text: str = ""
    age: str | None = None
    sex: str | None = None
    genes: tuple[str, ...] = ()
    candidates: tuple[str, ...] | None = None
    leave_out_pmid: str | None = None
    not_understood: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class BrokenCase:
    """A line that is no case; it still gets its object in the output, with ``error``."""

    id: Any
    error: str


def read_cases(path: Path, *, issues: Issues) -> Iterator[Case | BrokenCase]:
    """Yield a case, or why there is none, for every line of a JSONL file (.gz too), in order.

    :raises InputError: when the file cannot be opened, or breaks off while it is unpacked.
    """
    try:
        with path.open("rb") as raw:
            stream = gzip.GzipFile(fileobj=raw) if path.suffix == ".gz" else raw
            yield from iter_cases(stream, source=str(path), issues=issues)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"cannot read the cases: {error}", where=str(path)) from error


def iter_cases(
    lines: Iterable[bytes], *, source: str, issues: Issues
) -> Iterator[Case | BrokenCase]:
    """As :func:`read_cases`, from lines. An empty line is a broken case, unless only such follow."""
    n_empty = 0
    seen: set[str] = set()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            n_empty += 1
            continue
        for place in range(number - n_empty, number):
            yield _broken(None, f"{source}:{place}", "the line is empty", issues)
        n_empty = 0
        case = _case(line, f"{source}:{number}", issues)
        key = json.dumps(case.id)
        if case.id is not None and key in seen:
            issues.warn("case-id", where=f"{source}:{number}", what=f"id {key} was there before")
        seen.add(key)
        yield case


def _case(line: bytes, where: str, issues: Issues) -> Case | BrokenCase:
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        return _broken(None, where, f"not JSON: {error}", issues)
    if not isinstance(row, dict):
        return _broken(None, where, f"a {type(row).__name__}, not an object", issues)
    id = row.get("id")
    try:
        said: list[str] = []
        return Case(
            id,
            _curies(row, "observed", said),
            _curies(row, "excluded", said),
            _text(row, "text") or "",
            _text(row, "age"),
            (_text(row, "sex") or "").strip().upper() or None,
            _strings(row, "genes"),
            _strings(row, "candidates") or None,
            _text(row, "leave_out_pmid"),
            tuple(said),
        )
    except UsageError as error:
        return _broken(id, where, error.what, issues)


def _broken(id: Any, where: str, why: str, issues: Issues) -> BrokenCase:
    issues.refuse("case", where=where, what=why, hint="a case is one JSON object on one line")
    return BrokenCase(id, why)


def _strings(row: dict[str, Any], name: str) -> tuple[str, ...]:
    value = row.get(name)
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise UsageError(f"{name!r} is not a list of strings")


def _text(row: dict[str, Any], name: str) -> str | None:
    value = row.get(name)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise UsageError(f"{name!r} is not a string")


def _curies(row: dict[str, Any], name: str, said: list[str]) -> tuple[Curie, ...]:
    """Ids as ``HP:0001250``, ``hp:0001250`` or ``HP_0001250``; another string goes to ``said``."""
    ids = []
    for text in _strings(row, name):
        written = text.strip()
        if written[:3].upper() in ("HP:", "HP_"):
            written = f"HP:{written[3:]}"
        try:
            ids.append(Curie.parse(written))
        except UsageError:
            said.append(f"{text!r}: not an identifier")
    return tuple(ids)


def diagnosis_to_json(
    differential: Differential, *, id: Any = None, not_understood: Iterable[str] = ()
) -> dict[str, Any]:
    """The object that ``diagnose --json`` prints; its fields are a promise to other programs.

    :param not_understood: what was found out before the ranking; it stands first.
    """
    return {
        "id": id,
        "diagnoses": [_diagnosis_json(diagnosis) for diagnosis in differential],
        "not_understood": list(dict.fromkeys((*not_understood, *differential.not_understood))),
        "understood": list(differential.understood),
        "known_diagnoses": list(differential.known_diagnoses),
        "n_ranked": differential.n_ranked,
        "none_of_these": differential.none_of_these,
        "red_flags": [
            {
                "id": str(flag.disease),
                "name": flag.name,
                "danger": flag.danger,
                "posterior": flag.posterior,
                "because": list(flag.because),
            }
            for flag in differential.red_flags
        ],
        "next": [
            {
                "finding": str(asked.finding),
                "name": asked.name,
                "kind": asked.kind,
                "probability": asked.probability,
                "expected_information": asked.expected_information,
                "favours": asked.favours,
            }
            for asked in differential.next_findings
        ],
        "guess": _guess_json(differential.guess),
        "caveat": differential.caveat,
    }


def _guess_json(guess: TextGuess | None) -> dict[str, Any] | None:
    if guess is None:
        return None
    return {
        "model": guess.model,
        "labels": [
            {
                "label": label.label,
                "probability": label.probability,
                "id": str(label.disease) if label.disease else None,
            }
            for label in guess.labels
        ],
        "words": [
            {"text": w.text, "start": w.start, "end": w.end, "log_ratio": w.log_ratio}
            for w in guess.words
        ],
    }


def error_to_json(id: Any, error: str) -> dict[str, Any]:
    """The object for a case that could not be answered: every field there, and ``error``."""
    return {**diagnosis_to_json(Differential(()), id=id), "error": error}


def _diagnosis_json(diagnosis: Diagnosis) -> dict[str, Any]:
    return {
        "rank": diagnosis.rank,
        "id": str(diagnosis.disease),
        "same_as": [str(id) for id in diagnosis.same_as],
        "name": diagnosis.name,
        "prior": diagnosis.prior,
        "posterior": diagnosis.posterior,
        "unexplained": [str(part.finding) for part in diagnosis.unexplained],
        "contributions": [
            {
                "finding": str(part.finding),
                "name": part.name,
                "present": part.present,
                "match": part.match.value,
                "matched": str(part.matched) if part.matched else None,
                "log_ratio": part.log_ratio,
                "evidence": [
                    item for statement in part.evidence for item in _statement_json(statement)
                ],
            }
            for part in diagnosis.contributions
        ],
    }


def _statement_json(statement: Statement) -> list[dict[str, Any]]:
    claim = {
        "subject": str(statement.triple.subject),
        "predicate": statement.triple.predicate.name,
        "object": str(statement.triple.object),
    }
    return [claim | _evidence_json(item) for item in statement.evidence]


def _evidence_json(evidence: Evidence) -> dict[str, Any]:
    row: dict[str, Any]
    match evidence:
        case TextEvidence():
            row = {
                "document": evidence.document_id,
                "start": evidence.span.start,
                "end": evidence.span.end,
                "quote": evidence.quote,
                "extractor": evidence.extractor,
                "probability": evidence.probability,
            }
        case CuratedEvidence():
            row = {
                "source": evidence.source,
                "version": evidence.version,
                "record": evidence.record_id,
                "how": evidence.how.value,
            }
        case DerivedEvidence():
            premises = [item for p in evidence.premises for item in _statement_json(p)]
            row = {"rule": evidence.rule, "premises": premises}
    return row | {"refutes": evidence.refutes, "qualifiers": dict(evidence.qualifiers)}
