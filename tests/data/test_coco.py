import json

import numpy as np
import pytest

from coco_packing import pack, runs
from data_folders import SIDE, draw_film, draw_mask, write_csv, write_image
from pleura.core.errors import DatasetError
from pleura.data.coco import import_coco
from pleura.data.known import AboutTables
from pleura.data.prepare import PreparePlan, prepare

BOX = [20, 10, 44, 10, 44, 34, 20, 34]
"""The corners of `draw_mask()`."""
CATEGORIES = [{"id": 1, "name": "Pneumothorax"}, {"id": 2, "name": "drain", "supercategory": "device"}]


def outline(number, image, segmentation, category=1, crowd=0):
    return {"id": number, "image_id": image, "category_id": category, "segmentation": segmentation, "iscrowd": crowd}


def make_coco(root, annotations, count=4, **changes):
    """Films `f0.png`, ... in `root`/films/part with images 10, 11, ... in a file beside them."""
    images = []
    for index in range(count):
        write_image(root / "films" / "part" / f"f{index}.png", draw_film(index))
        images.append({"id": 10 + index, "file_name": f"part/f{index}.png", "height": SIDE, "width": SIDE})
    content = {"info": {}, "images": images, "annotations": annotations, "categories": CATEGORIES, **changes}
    (root / "c.json").write_text(json.dumps(content))
    return root / "films", root / "c.json"


def rle(mask, *, packed=False):
    counts = runs(mask)
    return {"size": list(mask.shape), "counts": pack(counts) if packed else counts}


def test_polygons_and_both_codes_give_the_same_mask_and_no_annotation_an_empty_one(tmp_path):
    mask = draw_mask()
    folder, file = make_coco(
        tmp_path,
        [
            outline(1, 10, [BOX]),
            outline(2, 11, rle(mask), crowd=1),
            outline(3, 12, rle(mask, packed=True)),
            outline(4, 13, [BOX], category=2),
        ],
    )
    source = import_coco(folder, file)
    dataset = prepare(source, tmp_path / "out", PreparePlan(side=64))
    assert [case.id for case in dataset.cases] == ["f0", "f1", "f2", "f3"]
    for index in range(3):
        assert np.array_equal(dataset.truth(index), mask)
    assert not dataset.cases[3].present
    assert "categories Pneumothorax; 1 annotations of others and 0 films" in dataset.record.notes[0]


def test_several_outlines_and_parts_are_merged_and_a_second_category_on_request(tmp_path):
    other, third = draw_mask(top=60), draw_mask(top=60, left=60)
    folder, file = make_coco(
        tmp_path,
        [
            outline(1, 10, [BOX, [60, 60, 84, 60, 84, 84, 60, 84]]),
            outline(2, 10, rle(other), category=2),
        ],
    )
    truth = import_coco(folder, file, ["DRAIN", "pneumothorax"]).entries[0].truth.mask((SIDE, SIDE))
    assert np.array_equal(truth, draw_mask() | other | third)


def test_films_and_images_without_each_other_are_counted(tmp_path):
    folder, file = make_coco(tmp_path, [])
    (folder / "part" / "f3.png").unlink()
    write_image(folder / "spare.png", draw_film(9))
    source = import_coco(folder, file)
    assert ([entry.id for entry in source.entries], source.rows_without_film) == (["f0", "f1", "f2"], 1)
    assert "and 1 films that it does not list were left out" in source.notes[0]


def test_tables_tell_what_else_is_known(tmp_path):
    folder, file = make_coco(tmp_path, [], count=2)
    cases = write_csv(tmp_path / "cases.csv", ["image_id", "sex"], [["f0", "F"]])
    patients = write_csv(tmp_path / "p.csv", ["image_id", "patient"], [["f1", "q"]])
    found = [entry.about for entry in import_coco(folder, file, (), AboutTables(cases, patients)).entries]
    assert [(about.sex, about.patient) for about in found] == [("F", None), ("unknown", "q")]


@pytest.mark.parametrize(
    ("segmentation", "reason"),
    [
        pytest.param([[20, 10, 44, 10, 44, 340]], "leaves the 96 x 96", id="polygon outside"),
        pytest.param([[20, 10, 44]], "3 numbers", id="short polygon"),
        pytest.param([], "a box is none", id="box only"),
        pytest.param([[5.1, 5.1, 5.2, 5.1, 5.2, 5.2]], "outlines no pixel", id="between the pixels"),
        pytest.param({"size": [SIDE, SIDE], "counts": [9000, 200]}, "does not fit 96 x 96", id="length"),
        pytest.param({"size": [SIDE, SIDE], "counts": "~"}, "damaged", id="packing"),
        pytest.param({"size": [64, 64], "counts": [4096]}, "of 64 x 64 pixels, the film of 96 x 96", id="size"),
    ],
)
def test_a_damaged_outline_is_named_with_its_film(tmp_path, segmentation, reason):
    folder, file = make_coco(tmp_path, [outline(7, 10, segmentation)])
    with pytest.raises(DatasetError, match=rf"c\.json: annotation 7 of part/f0\.png: .*{reason}"):
        prepare(import_coco(folder, file), tmp_path / "out", PreparePlan(side=64))


def test_a_film_of_another_size_than_the_outlined_one_is_refused(tmp_path):
    folder, file = make_coco(tmp_path, [outline(7, 10, [BOX])])
    write_image(folder / "part" / "f0.png", draw_film(0, side=128))
    with pytest.raises(DatasetError, match=r"gives part/f0\.png 96 x 96 pixels, but the film has 128 x 128"):
        prepare(import_coco(folder, file), tmp_path / "out", PreparePlan(side=64))


IMAGE = {"id": 1, "file_name": "part/f0.png", "height": SIDE, "width": SIDE}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"images": [IMAGE, {**IMAGE, "id": 2}]}, r"file part/f0\.png twice", id="file twice"),
        pytest.param(
            {"images": [IMAGE, {**IMAGE, "id": 2, "file_name": r".\part\f0.png"}]},
            "file part/f0.png twice",
            id="as Windows",
        ),
        pytest.param({"images": [IMAGE, {**IMAGE, "file_name": "x"}]}, "image id 1 twice", id="id twice"),
        pytest.param({"annotations": [outline(5, 10, [BOX])] * 2}, "annotation id 5 twice", id="annotation twice"),
        pytest.param({"annotations": [outline(5, 99, [BOX])]}, "image 99, which is not among", id="dangling"),
        pytest.param({"images": [{**IMAGE, "height": 0}]}, r"images\.0\.height", id="no height"),
        pytest.param({"images": None}, "images: ", id="no images"),
        pytest.param({"images": [{**IMAGE, "file_name": "y.png"}]}, "lists none of the films", id="other folder"),
        pytest.param({"categories": []}, "0 categories that say pneumothorax", id="no category"),
        pytest.param(
            {"categories": [{"id": 1, "name": "no pneumothorax"}, {"id": 2, "name": "pneumothorax"}]},
            "2 categories that say pneumothorax",
            id="two categories",
        ),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, changes, reason):
    folder, file = make_coco(tmp_path, [])
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))
    with pytest.raises(DatasetError, match=reason):
        import_coco(folder, file)


def test_a_category_that_is_not_there_is_refused_with_those_that_are(tmp_path):
    folder, file = make_coco(tmp_path, [])
    with pytest.raises(DatasetError, match=r"no category 'ptx' \(found: Pneumothorax, drain\)"):
        import_coco(folder, file, ["ptx"])


@pytest.mark.parametrize(("content", "reason"), [(None, "cannot be read"), ("{", "Invalid JSON")])
def test_a_file_that_is_no_json_is_refused(tmp_path, content, reason):
    folder, file = make_coco(tmp_path, [])
    file.unlink() if content is None else file.write_text(content)
    with pytest.raises(DatasetError, match=reason):
        import_coco(folder, file)


def test_paths_may_be_written_with_backslashes(tmp_path):
    folder, file = make_coco(tmp_path, [], images=[{**IMAGE, "file_name": r"part\f0.png"}])
    assert [entry.id for entry in import_coco(folder, file).entries] == ["f0"]


def test_two_films_of_one_name_are_refused(tmp_path):
    images = [IMAGE, {**IMAGE, "id": 2, "file_name": "other/f0.png"}]
    folder, file = make_coco(tmp_path, [], images=images)
    write_image(folder / "other" / "f0.png", draw_film(5))
    with pytest.raises(DatasetError, match="has the same id as"):
        import_coco(folder, file)
