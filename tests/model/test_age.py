import pytest

from kgbuilder.model import Patient
from kgbuilder.model.age import years_of


@pytest.mark.parametrize(
    ("age", "years"),
    [
        ("P6Y", 6.0),
        ("P1Y6M", 1.5),
        ("P0.5Y", 0.5),
        ("P2W", 14 / 365.25),
        ("P3DT4H30M", 3 / 365.25),
        ("PT5H", 0.0),
        (" P0D ", 0.0),
    ],
)
def test_every_reader_of_an_age_takes_the_same_durations(age: str, years: float) -> None:
    assert years_of(age) == pytest.approx(years)
    assert Patient(age=age).years == years_of(age)


@pytest.mark.parametrize("age", ["", "P", "PT", "6", "P6", "Y6", "six years", "P6YM", "P-6Y", None])
def test_what_is_no_duration_is_no_age(age: str | None) -> None:
    assert years_of(age) is None
    assert Patient(age=age).years is None
