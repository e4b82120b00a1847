import json

import numpy as np
import pytest

from data_folders import SIDE, draw_film, draw_mask, make_pairs, make_ptx498, make_siim, write_csv, write_image
from pleura.cli import build_app
from pleura.cli.console import EXIT_ERROR, EXIT_OK, EXIT_REFUSED, run
from pleura.data import load_dataset


def prepare(*arguments: object):
    return run(build_app(), ["prepare", *map(str, arguments)])


def test_siim_is_prepared_with_every_option(tmp_path, capsys):
    folder, codes = make_siim(tmp_path, [None, draw_mask(), None, draw_mask(top=40)])
    (tmp_path / "val.txt").write_text("f01\n\nf02\n")
    code = prepare(
        "siim", folder, "--rle", codes, "--rle-size", SIDE, "--out", tmp_path / "out", "--side", 64,
        "--val-ids", tmp_path / "val.txt", "--seed", 7, "--drop-straddling",
    )  # fmt: skip
    dataset = load_dataset(tmp_path / "out")
    assert code == EXIT_OK
    assert dataset.indices("val").tolist() == [1, 2]
    assert (dataset.record.side, dataset.record.seed, dataset.record.kind) == (64, 7, "siim")
    assert "4 films (train 2, val 2), 2 with a pneumothorax" in capsys.readouterr().err


@pytest.mark.parametrize(("kind", "make", "films"), [("pairs", make_pairs, 4), ("ptx498", make_ptx498, 6)])
def test_other_layouts_are_prepared(tmp_path, kind, make, films):
    assert prepare(kind, make(tmp_path / "set"), "--out", tmp_path / "out", "--all-as", "test") == EXIT_OK
    record = json.loads((tmp_path / "out" / "dataset.json").read_text())
    assert (record["kind"], record["side"], record["counts"]["splits"]) == (kind, 512, {"test": films})


def test_a_folder_in_coco_s_format_is_prepared(tmp_path):
    write_image(tmp_path / "films" / "a.png", draw_film(1))
    write_image(tmp_path / "films" / "b.png", draw_film(2))
    content = {
        "images": [
            {"id": n, "file_name": f"{name}.png", "height": SIDE, "width": SIDE} for n, name in enumerate("ab")
        ],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 5, "segmentation": [[9, 9, 40, 9, 40, 50]]}],
        "categories": [{"id": 5, "name": "air"}],
    }
    (tmp_path / "c.json").write_text(json.dumps(content))
    code = prepare(
        "coco", tmp_path / "films", "--annotations", tmp_path / "c.json", "--category", "air",
        "--out", tmp_path / "out", "--side", 64,
    )  # fmt: skip
    assert code == EXIT_OK
    assert [case.present for case in load_dataset(tmp_path / "out").cases] == [False, True]


def test_candid_and_chestxray14_are_prepared(tmp_path):
    write_image(tmp_path / "films" / "00000007_000.png", draw_film(1))
    one = write_csv(tmp_path / "c.csv", ["SOPInstanceUID", "EncodedPixels"], [["00000007_000", "40 9"]])
    other = write_csv(
        tmp_path / "n.csv", ["Image Index", "Finding Labels", "Patient ID"], [["00000007_000.png", "No Finding", "7"]]
    )
    plan = ("--side", 64, "--all-as", "test")
    assert prepare("candid", tmp_path / "films", "--table", one, "--out", tmp_path / "candid", *plan) == EXIT_OK
    assert prepare("nih", tmp_path / "films", "--table", other, "--out", tmp_path / "nih", *plan) == EXIT_OK
    assert load_dataset(tmp_path / "candid").record.labelled
    dataset = load_dataset(tmp_path / "nih")
    assert (dataset.record.labelled, dataset.cases[0].patient) == (False, "00000007")


def test_an_error_is_one_line_that_names_the_file(tmp_path, capsys):
    make_pairs(tmp_path / "set")
    (tmp_path / "set" / "png_masks" / "1_train_1_.png").unlink()
    assert prepare("pairs", tmp_path / "set", "--out", tmp_path / "out") == EXIT_ERROR
    assert capsys.readouterr().err.startswith("pleura: ")
    assert not (tmp_path / "out").exists()


def test_films_left_out_as_refused_end_with_exit_code_2(tmp_path, capsys):
    make_pairs(tmp_path / "set")
    (tmp_path / "set" / "png_images" / "1_train_1_.png").write_bytes(b"")
    code = prepare("pairs", tmp_path / "set", "--out", tmp_path / "out", "--skip-refused", "--side", 64)
    assert code == EXIT_REFUSED
    assert "Left out: 1_train_1_: refused: not_an_image" in capsys.readouterr().err


def test_films_left_out_for_the_split_s_sake_are_no_refusal(tmp_path):
    folder, codes = make_siim(tmp_path, [None, draw_mask(), None])
    (folder / "f00.png").write_bytes((folder / "f02.png").read_bytes())
    (tmp_path / "val.txt").write_text("f02\n")
    code = prepare(
        "siim", folder, "--rle", codes, "--rle-size", SIDE, "--out", tmp_path / "out", "--side", 64,
        "--val-ids", tmp_path / "val.txt", "--drop-straddling", "--skip-refused",
    )  # fmt: skip
    assert code == EXIT_OK
    assert len(load_dataset(tmp_path / "out").record.left_out) == 1


@pytest.mark.parametrize(("content", "reason"), [(None, "cannot be read"), ("\n", "names no film")])
def test_a_list_of_films_that_is_none_is_refused(tmp_path, capsys, content, reason):
    if content is not None:
        (tmp_path / "val.txt").write_text(content)
    code = prepare(
        "pairs", make_pairs(tmp_path / "set"), "--out", tmp_path / "out", "--val-ids", tmp_path / "val.txt"
    )
    assert code == EXIT_ERROR
    assert reason in capsys.readouterr().err


def test_outlined_lungs_are_prepared_and_not_called_a_pneumothorax(tmp_path, capsys):
    rows = []
    for number, licence in enumerate(("CC BY 4.0", "CC BY-NC 4.0", "")):
        write_image(tmp_path / "set" / "images" / f"{number}.png", draw_film(number))
        write_image(tmp_path / "set" / "masks" / f"{number}.png", draw_mask().astype(np.uint8) * 255)
        rows.append([f"{number}.png", "PA", licence])
    write_csv(tmp_path / "set" / "index.csv", ["file", "view", "licence"], rows)
    assert prepare("lungs", tmp_path / "set", "--out", tmp_path / "all", "--side", 64, "--all-as", "train") == EXIT_OK
    free = prepare("lungs", tmp_path / "set", "--permissive", "--out", tmp_path / "free", "--side", 64)
    assert free == EXIT_OK
    said = capsys.readouterr().err
    assert "3 films (train 3), 3 with outlined lungs" in said
    assert "pneumothorax" not in said
    assert [case.id for case in load_dataset(tmp_path / "free").cases] == ["0"]
    judge = ["evaluate", "--predictions", str(tmp_path), "--data", str(tmp_path / "all"), "--split", "train"]
    assert run(build_app(), [*judge, "--out", str(tmp_path / "judged")]) == EXIT_ERROR
    assert "masks of lungs, by which no pneumothorax is judged" in capsys.readouterr().err
