"""A patient's record from a file: a phenopacket or a FHIR Bundle."""

from __future__ import annotations

import json
from pathlib import Path

from kgbuilder.errors import FormatError, InputError
from kgbuilder.model import PatientRecord
from kgbuilder.read.fhir import is_fhir_bundle, record_of_bundle
from kgbuilder.read.phenopacket import is_phenopacket, record_of_phenopacket

__all__ = ["read_patient"]


def read_patient(path: Path) -> PatientRecord:
    """:raises InputError: when it cannot be read. :raises FormatError: when it is no such JSON."""
    try:
        value = json.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise InputError(f"cannot read the patient: {error}", where=str(path)) from None
    except (ValueError, RecursionError) as error:
        raise FormatError(f"not JSON: {error}", where=str(path)) from None
    if is_fhir_bundle(value):
        return record_of_bundle(value)
    if is_phenopacket(value):
        return record_of_phenopacket(value)
    raise FormatError(
        "neither a phenopacket nor a FHIR Bundle",
        where=str(path),
        hint="a phenopacket has phenotypicFeatures, a bundle has resourceType Bundle",
    )
