"""The OpenAPI document keeps its word, as schemathesis finds by asking."""

from load.contract import LEFT_OUT, ask

from bad_films import chest
from dicom_maker import as_bytes
from serving_here import serving_here


def test_no_answer_is_a_5xx_or_another_than_documented(tmp_path, bright_model):
    with serving_here(tmp_path / "data", bright_model) as serving:
        # So that there is a job to ask for.
        assert serving.http.post("/api/v1/films", content=as_bytes(chest())).status_code == 202
        # Without a worker it is not ready, and says so by 503.
        found = ask(serving, 240, (*LEFT_OUT, "/readyz"), examples=4)
    assert found.requests > 2 * found.operations
    assert not found.failures, found.output
