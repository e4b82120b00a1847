import pytest

from data_folders import SIDE, draw_film, draw_mask, write_csv, write_image
from pleura.core.errors import DatasetError
from pleura.core.types import View
from pleura.data.reviewed import import_reviewed

HEADER = ("image_id", "patient", "view", "verdict", "version")


def make(root, verdicts):
    rows = []
    for index, verdict in enumerate(verdicts):
        write_image(root / "films" / f"job{index}.png", draw_film(index))
        write_image(root / "masks" / f"job{index}.png", draw_mask().astype("uint8") * 255)
        rows.append((f"job{index}", "same", "PA", verdict, 1))
    write_csv(root / "reviewed.csv", HEADER, rows)
    return root


def test_films_come_with_outline_patient_and_view(tmp_path):
    source = import_reviewed(make(tmp_path, ["edited", "accepted"]))
    assert [entry.id for entry in source.entries] == ["job0", "job1"]
    assert {(entry.about.patient, entry.about.view) for entry in source.entries} == {("same", View.PA)}
    assert (source.entries[0].truth.mask((SIDE, SIDE)) == draw_mask()).all()
    assert source.notes[0] == "Readers' newest verdicts: 1 accepted, 1 edited."


@pytest.mark.parametrize(("verdicts", "warned"), [(["edited"], False), (["edited", "accepted"], True)])
def test_the_record_warns_of_the_models_own_outlines(tmp_path, verdicts, warned):
    notes = import_reviewed(make(tmp_path, verdicts)).notes
    assert any("model's own" in note for note in notes) is warned


@pytest.mark.parametrize("missing", ["mask", "row"])
def test_a_film_without_a_mask_or_a_row_is_refused_by_name(tmp_path, missing):
    make(tmp_path, ["edited", "edited"])
    if missing == "mask":
        (tmp_path / "masks" / "job1.png").unlink()
    else:
        write_csv(tmp_path / "reviewed.csv", HEADER, [("job0", "same", "PA", "edited", 1)])
    with pytest.raises(DatasetError, match=rf"job1\.png: has no {missing} in"):
        import_reviewed(tmp_path)


def test_a_row_without_a_film_is_counted(tmp_path):
    make(tmp_path, ["edited", "edited"])
    (tmp_path / "films" / "job0.png").unlink()
    assert import_reviewed(tmp_path).rows_without_film == 1
