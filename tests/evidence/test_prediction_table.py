import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_folders import write_csv
from pleura.core.errors import DatasetError
from pleura.evidence.prediction_table import Prediction, predictions_csv, read_predictions, run_path, run_paths

SHARES = st.none() | st.floats(0, 1)


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.text(alphabet="abc.019-_", min_size=1),
        st.tuples(st.sampled_from([(), ("3 4",), ("1 2 5 6",)]), SHARES, SHARES, st.none() | st.booleans()),
    )
)
def test_a_table_reads_as_it_was_written(tmp_path_factory, rows):
    given_rows = {name: Prediction(name, *said) for name, said in rows.items()}
    path = tmp_path_factory.mktemp("table") / "predictions.csv"
    path.write_bytes(predictions_csv(given_rows.values()))
    assert read_predictions(path) == given_rows


def test_rows_of_one_film_are_united_and_the_challenge_s_header_is_known(tmp_path):
    path = write_csv(
        tmp_path / "predictions.csv", ["ImageId", "EncodedPixels"], [("a", "1 2"), ("b", "-1"), ("a", "9 1")]
    )
    assert read_predictions(path) == {"a": Prediction("a", ("1 2", "9 1")), "b": Prediction("b")}


@pytest.mark.parametrize(
    ("columns", "rows", "words"),
    [
        (["image_id", "score"], [("a", "1")], "EncodedPixels"),
        (["name", "EncodedPixels"], [("a", "-1")], "image_id"),
        (["image_id", "EncodedPixels", "score"], [("a", "-1", "1.5")], "score is '1.5'"),
        (["image_id", "EncodedPixels", "probability"], [("a", "-1", "nan")], "probability is 'nan'"),
        (["image_id", "EncodedPixels", "present"], [("a", "-1", "yes")], "present is 'yes'"),
        (["image_id", "EncodedPixels", "score"], [("a", "1 2", "1"), ("a", "5 2", "0")], "differ"),
    ],
    ids=["no_codes", "no_ids", "beyond_one", "no_number", "no_decision", "disagreeing_rows"],
)
def test_a_table_that_cannot_be_meant_is_refused(tmp_path, columns, rows, words):
    path = write_csv(tmp_path / "predictions.csv", columns, rows)
    with pytest.raises(DatasetError, match=words):
        read_predictions(path)


def test_runs_are_counted_up_to_the_first_gap(tmp_path):
    for run in (0, 1, 3):
        run_path(tmp_path, run).write_bytes(predictions_csv([]))
    assert [path.name for path in run_paths(tmp_path)] == ["predictions.csv", "predictions-2.csv"]
