"""Commands that answer: interactions and diagnose."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from kgbuilder import api
from kgbuilder.commands.output import print_json, print_line, report_issues
from kgbuilder.errors import InputError, KgError, UsageError
from kgbuilder.issues import Issues
from kgbuilder.model import InteractionReport

__all__ = ["run_diagnose", "run_interactions"]


def run_interactions(arguments: Namespace) -> int:
    """Check the drugs given, a patient's, or every pair of a file."""
    from kgbuilder.reason.interaction_report import report_to_json, report_to_text

    if arguments.pairs:
        if arguments.drugs or arguments.patient or arguments.note:
            raise UsageError("--pairs stands alone", hint="leave out the names and the patient")
        return _pairs(arguments)
    if arguments.planned and not (arguments.patient or arguments.note):
        raise UsageError(
            "--planned without a patient", hint="give --note FILE or --patient FILE.json"
        )
    if arguments.patient and arguments.note:
        raise UsageError("--patient and --note", hint="one of them: both describe the patient")
    if arguments.patient and not arguments.patient.lower().endswith(".json"):
        raise UsageError(
            f"--patient {arguments.patient}", hint="it is a .json; a text goes to --note"
        )
    if arguments.note and arguments.note.lower().endswith(".json"):
        raise UsageError(f"--note {arguments.note}", hint="a .json goes to --patient")
    report = api.check_interactions(
        arguments.drugs,
        graph=arguments.graph,
        patient=arguments.patient or arguments.note,
        alternatives=arguments.alternatives,
        planned=arguments.planned,
    )
    if arguments.json:
        print_json(report_to_json(report))
    else:
        print_line(report_to_text(report))
    return 0


def _pairs(arguments: Namespace) -> int:
    from kgbuilder.reason.interaction_report import report_to_json, report_to_text

    issues = Issues()
    checker = api.interaction_checker()
    with api.viewed(arguments.graph) as view:
        for number, line in _lines(arguments.pairs):
            names = [name.strip() for name in line.split("\t")]
            if len(names) != 2 or not all(names):
                where = f"{arguments.pairs}, line {number}"
                what = f"expected two names and one tab: {line[:80]!r}"
                issues.refuse("bad-pair", where=where, what=what)
                if arguments.json:
                    empty = InteractionReport((), (), (), ())
                    print_json({**report_to_json(empty), "error": what, "line": number})
                continue
            report = checker.check(names, graph=view)
            print_json(report_to_json(report)) if arguments.json else print_line(
                report_to_text(report) + "\n"
            )
    return report_issues(issues)


def _lines(path: str) -> Iterator[tuple[int, str]]:
    """Numbered lines that are not blank. :raises InputError: when the file cannot be read."""
    try:
        with sys.stdin if path == "-" else Path(path).open(encoding="utf-8-sig") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield number, line.rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        hint = "is it UTF-8?" if isinstance(error, UnicodeDecodeError) else ""
        raise InputError(f"cannot read: {error}", where=path, hint=hint) from None


def run_diagnose(arguments: Namespace) -> int:
    """Rank diseases for a note, for findings, or for every case of a file."""
    from kgbuilder.reason.cases import diagnosis_to_json

    if arguments.cases:
        return _cases(arguments)
    ways = [arguments.note, arguments.text, arguments.finding or arguments.absent]
    if sum(bool(way) for way in ways) != 1:
        raise UsageError("give a NOTE, or --text, or --finding and --absent", hint="one of them")
    if arguments.top < 1:
        raise UsageError(f"--top {arguments.top}", hint="1 or more")
    id, patient = _patient_of(arguments)
    answer = api.diagnose(
        patient,
        absent=arguments.absent,
        graph=arguments.graph,
        age=arguments.age,
        sex=arguments.sex,
        genes=arguments.gene,
        candidates=arguments.candidate or None,
        model=arguments.model,
        top=arguments.top,
    )
    if arguments.plot and answer:
        _write(arguments.plot, answer[0].waterfall())
    if arguments.json:
        print_json(diagnosis_to_json(answer, id=id))
    else:
        print_line(answer.table() if arguments.table else answer.explain())
    if not answer:
        print("kgbuilder diagnose: no finding was understood; nothing is ranked", file=sys.stderr)
        return 1
    return 0


def _patient_of(arguments: Namespace) -> tuple[str, str | Path | list[str]]:
    """An id to echo, and the patient."""
    if arguments.text:
        return "text", arguments.text
    if arguments.note == "-":
        return "-", sys.stdin.read()
    if arguments.note:
        return arguments.note, Path(arguments.note)
    return "findings", arguments.finding


def _write(path: str, text: str) -> None:
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write: {error}", where=path) from None


def _cases(arguments: Namespace) -> int:
    from kgbuilder.reason.cases import BrokenCase, diagnosis_to_json, error_to_json, read_cases

    issues = Issues()
    with api.viewed(arguments.graph) as view:
        diagnoser = api.diagnoser(view)
        for case in read_cases(Path(arguments.cases), issues=issues):
            if isinstance(case, BrokenCase):
                print_json(error_to_json(case.id, case.error))
                continue
            try:
                answer = diagnoser.diagnose(
                    case.text if case.text else [],
                    present=[str(id) for id in case.observed],
                    absent=[str(id) for id in case.excluded],
                    age=case.age,
                    sex=case.sex,
                    genes=case.genes,
                    candidates=case.candidates,
                    leave_out_pmid=case.leave_out_pmid,
                    top=arguments.top,
                )
            except KgError as error:
                issues.refuse("bad-case", where=f"case {case.id}", what=str(error))
                print_json(error_to_json(case.id, str(error)))
                continue
            unclear = case.not_understood
            print_json(diagnosis_to_json(answer, id=case.id, not_understood=unclear))
    return report_issues(issues)
