"""What the tables beside a data set say of its films, put together."""

from dataclasses import dataclass, field
from pathlib import Path

from pleura.data.about import read_about, read_nih_names, read_patients, with_patient
from pleura.data.entry import About


@dataclass(frozen=True)
class Known:
    """What is known of films: `about` by their id or, where `names` gives one, by their id in ChestX-ray14."""

    about: dict[str, About] = field(default_factory=dict)
    patients: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def of(self, film: str) -> About:
        """All that is known of one film; the map's patient goes before the table's."""
        found = self.about.get(film) or self.about.get(self.names.get(film, ""), About())
        return with_patient(found, self.patients.get(film))


@dataclass(frozen=True)
class AboutTables:
    """The tables.

    Attributes:
        cases: sex, age, view, patient and lengths of films, or None; ChestX-ray14's own table is one.
        patients: the patient of each film, or its file in ChestX-ray14, or None. With the latter, `cases` may be
            ChestX-ray14's own table although the films have other ids.
    """

    cases: Path | None = None
    patients: Path | None = None

    def read(self) -> Known:
        """Read both.

        Raises:
            DatasetError: one cannot be understood.
        """
        about, notes = read_about(self.cases) if self.cases else ({}, ())
        if self.patients is None:
            return Known(about, notes=notes)
        return Known(about, read_patients(self.patients), read_nih_names(self.patients), notes)
