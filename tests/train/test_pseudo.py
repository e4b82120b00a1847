from dataclasses import replace

import numpy as np
import pytest

from discs import make_discs
from models import make_model
from pleura.core.errors import DatasetError, ModelFileError
from pleura.core.files import sha256_of
from pleura.core.postprocess import Verdict
from pleura.core.spec import DecisionSpec, SoftOrigin, TrainingRecord
from pleura.evidence.films import read_case
from pleura.predict import Predictor
from pleura.runtime import EngineChoice, read_model
from pleura.runtime.blend import read_blend
from pleura.runtime.modelfile import with_spec
from pleura.train.pseudo import Filter, Teacher, mean_dice, pseudo
from pleura.train.soft import FILMS, MAPS, load_soft

CHOICE = EngineChoice(engine="onnxruntime", precision="float32", device="cpu", threads=1)
FILMS_DRAWN = 12
DECISION = DecisionSpec(rule="triplet", bottom=0.5, top=0.6, area=600)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return make_discs(tmp_path_factory.mktemp("discs"), FILMS_DRAWN)


def teacher(path, insist=None, **model):
    source = make_model(path, **{"decision": DECISION, **model})
    return Teacher(source, Predictor(source, CHOICE), insist)


def blend(folder, tilts):
    """A blend of the same network, its columns weighed more or less unevenly."""
    members = []
    for tilt in tilts:
        model = make_model(folder / f"{tilt}.onnx", decision=DECISION, tilt=tilt)
        members.append(f'[[members]]\nfile = "{tilt}.onnx"\nsha256 = "{model.sha256}"\nrole = "segment"\n')
    head = 'format = 1\nname = "several"\nversion = "1"\n[decision]\nrule = "triplet"\nbottom = 0.5\ntop = 0.6\n'
    (folder / "blend.toml").write_text(head + "area = 600\n" + "".join(members))
    source = read_blend(folder / "blend.toml")
    return Teacher(source, Predictor(source, CHOICE))


def everything(dataset):
    return np.arange(len(dataset))


@pytest.mark.parametrize("tta", ["none", "flip"])
def test_soft_maps_are_what_predict_gives(dataset, tmp_path, tta):
    asked = teacher(tmp_path / "m.onnx", decision=DECISION.model_copy(update={"tta": tta}), tilt=0.5)
    soft = pseudo(asked, dataset, everything(dataset), Filter(0.0), tmp_path / "soft")
    assert soft.maps.shape == (FILMS_DRAWN, 64, 64)
    for index, film in enumerate(soft.films):
        finding = asked.predictor.read(read_case(dataset, index))
        assert np.array_equal(soft.maps[index], np.rint(finding.probabilities * 255))
        assert (film.id, film.present) == (dataset.cases[index].id, finding.present)
        assert film.score == pytest.approx(finding.score)


def test_mirrored_readings_change_the_maps_of_a_lopsided_network(dataset, tmp_path):
    maps = [
        pseudo(
            teacher(tmp_path / f"{tta}.onnx", decision=DECISION.model_copy(update={"tta": tta}), tilt=0.5),
            dataset, everything(dataset), Filter(0.0), tmp_path / tta,
        ).maps
        for tta in ("none", "flip")
    ]  # fmt: skip
    assert not np.array_equal(*maps)


def test_the_record_tells_who_spoke_of_what(dataset, tmp_path):
    asked = teacher(tmp_path / "m.onnx")
    pseudo(asked, dataset, everything(dataset), Filter(0.8), tmp_path / "soft")
    record = load_soft(tmp_path / "soft").record
    assert record.origin.models == (sha256_of(tmp_path / "m.onnx"),)
    assert record.origin.round == 1
    assert (record.data_sha256, record.side) == (dataset.record.sha256, 64)
    assert record.kept + record.refused == FILMS_DRAWN
    assert record.kept_present == FILMS_DRAWN // 2
    assert record.files == {name: sha256_of(tmp_path / "soft" / name) for name in (FILMS, MAPS)}


def test_those_asked_are_the_members_or_a_mirror(dataset, tmp_path):
    film = read_case(dataset, 1)
    lone, several = teacher(tmp_path / "m.onnx", tilt=0.5), blend(tmp_path, (0.0, 2.0))
    turned = replace(film, pixels=np.ascontiguousarray(film.pixels[:, ::-1]))
    plain, mirrored = lone.predictor.opinions(film)
    assert np.array_equal(plain.mask, lone.predictor.maps(film, tta="none").mask)
    assert np.allclose(mirrored.mask, lone.predictor.maps(turned, tta="none").mask[:, ::-1], atol=1e-6)
    told = several.predictor.opinions(film)
    for maps, tilt in zip(told, (0.0, 2.0), strict=True):
        assert np.array_equal(maps.mask, Predictor(read_model(tmp_path / f"{tilt}.onnx"), CHOICE).maps(film).mask)
    assert np.allclose((told[0].mask + told[1].mask) / 2, several.predictor.maps(film).mask, atol=1e-6)


def test_members_that_disagree_are_refused(dataset, tmp_path):
    alike, unlike = (blend(tmp_path / name, tilts) for name, tilts in made(tmp_path))
    softs = [
        pseudo(asked, dataset, everything(dataset), Filter(0.95), tmp_path / f"soft-{place}")
        for place, asked in enumerate((alike, unlike))
    ]
    assert all(film.kept for film in softs[0].films if film.present)
    assert all(film.agreement == 1.0 for film in softs[0].films)
    assert not any(film.kept for film in softs[1].films if film.present)
    assert softs[1].record.refused >= softs[0].record.refused


def made(tmp_path):
    folders = {"alike": (0.0, 1e-6), "unlike": (0.0, 8.0)}
    for name in folders:
        (tmp_path / name).mkdir()
    return folders.items()


def test_mean_dice_of_known_masks():
    a, b, c, empty = (np.isin(np.arange(4), places).reshape(2, 2) for places in ([0, 1], [1, 2], [1], []))
    assert mean_dice([a, b]) == 0.5
    assert mean_dice([a, b, c]) == pytest.approx((1 / 2 + 2 / 3 + 2 / 3) / 3)
    assert mean_dice([empty, empty]) == mean_dice([a]) == mean_dice([]) == 1.0
    assert mean_dice([a, empty]) == 0.0


def verdict(score, *places):
    mask = np.isin(np.arange(4), places).reshape(2, 2)
    return Verdict(bool(places), score, mask, mask.astype(np.float32))


@pytest.mark.parametrize(
    ("agreement", "told", "asked", "kept"),
    [
        pytest.param(0.5, verdict(0.9, 0, 1), [verdict(0.9, 0, 1), verdict(0.8, 1, 2)], True, id="agree enough"),
        pytest.param(0.6, verdict(0.9, 0, 1), [verdict(0.9, 0, 1), verdict(0.8, 1, 2)], False, id="too little"),
        pytest.param(0.5, verdict(0.9, 0, 1), [verdict(0.9, 0, 1), verdict(0.5)], False, id="one finds nothing"),
        pytest.param(0.75, verdict(0.1), [verdict(0.1), verdict(0.15)], True, id="clearly empty"),
        pytest.param(0.75, verdict(0.16), [verdict(0.1)], False, id="empty by a little"),
        pytest.param(0.75, verdict(0.1), [verdict(0.1), verdict(0.9, 0)], False, id="one finds something"),
        pytest.param(0.0, verdict(0.6), [], True, id="nobody is asked"),
    ],
)
def test_what_is_kept(agreement, told, asked, kept):
    assert Filter(agreement).passes(told, asked, threshold=0.6) is kept


def learned(model, path, models):
    """The same network under a spec that says it learned soft targets of these models."""
    origin = SoftOrigin(sha256="0" * 64, models=models)
    training = TrainingRecord(
        recipe={}, data_name="d", data_sha256="d", code_version="1", epochs=1, checkpoint="best.pt", soft=origin
    )
    return with_spec(model, model.spec.model_copy(update={"training": training}), path)


def test_each_round_names_the_models_of_those_before(dataset, tmp_path):
    first = teacher(tmp_path / "first.onnx", insist=1)
    assert first.models == (first.source.sha256,)
    second = learned(first.source, tmp_path / "second.onnx", first.models)
    asked = Teacher(second, Predictor(second, CHOICE), round=2)
    soft = pseudo(asked, dataset, everything(dataset)[:2], Filter(0.0), tmp_path / "soft")
    assert soft.record.origin.models == (first.source.sha256, second.sha256)
    with pytest.raises(ModelFileError, match="teaches round 2, not 3"):
        replace(asked, round=3).models  # noqa: B018


def test_a_folder_is_whole_or_absent(dataset, tmp_path):
    own = make_discs(tmp_path / "own", 4)
    path = own.film_path(2)
    path.write_bytes(own.film_path(3).read_bytes())
    asked = teacher(tmp_path / "m.onnx")
    with pytest.raises(DatasetError, match="was changed"):
        pseudo(asked, own, everything(own), Filter(0.0), tmp_path / "softs" / "soft")
    assert not list((tmp_path / "softs").iterdir())
    (tmp_path / "there").mkdir()
    with pytest.raises(DatasetError, match="exists already"):
        pseudo(asked, dataset, everything(dataset), Filter(0.0), tmp_path / "there")
