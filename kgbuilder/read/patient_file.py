"""A patient's record from a JSON file: our own, a phenopacket or a FHIR Bundle."""

from __future__ import annotations

import json
from pathlib import Path

from kgbuilder.errors import FormatError, InputError
from kgbuilder.model import Patient, PatientRecord
from kgbuilder.read.fhir import is_fhir_bundle, record_of_bundle
from kgbuilder.read.patient_record import parse_patient
from kgbuilder.read.phenopacket import is_phenopacket, record_of_phenopacket

__all__ = ["read_patient"]


def read_patient(path: Path) -> Patient | PatientRecord:
    """What the file holds, told by its content.

    :raises InputError: when it cannot be read, or a value of our own kind is wrong.
    :raises FormatError: when it is no JSON. :raises UsageError: for a key that ours does not know.
    """
    try:
        value = json.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        hint = "is it UTF-8?" if isinstance(error, UnicodeDecodeError) else ""
        raise InputError(f"cannot read the patient: {error}", where=str(path), hint=hint) from None
    except (ValueError, RecursionError) as error:
        hint = 'write {"drugs": ["warfarin", ...]}, or give a FHIR Bundle or a phenopacket'
        raise FormatError(f"not JSON: {error}", where=str(path), hint=hint) from None
    if is_fhir_bundle(value):
        return record_of_bundle(value)
    if is_phenopacket(value):
        return record_of_phenopacket(value)
    if isinstance(value, dict) and "resourceType" in value:
        raise FormatError(
            f"a FHIR {str(value['resourceType'])[:40]}",
            where=str(path),
            hint="a Bundle is read; put the resource into one",
        )
    return parse_patient(value, where=str(path))
