"""Folders in the layouts that the importers read, made of drawn films."""

import csv
import gzip
import io

import cv2
import numpy as np

from pleura.core.rle import encode

SIDE = 96


def draw_film(seed, side=SIDE):
    """A film of smooth random structure, (side, side) uint8; films of different seeds do not look alike."""
    coarse = np.random.default_rng(seed).uniform(30, 220, (8, 8)).astype(np.float32)
    return np.rint(cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC).clip(5, 250)).astype(np.uint8)


def draw_mask(size=SIDE, top=10, left=20, extent=24):
    mask = np.zeros((size, size), dtype=np.bool_)
    mask[top : top + extent, left : left + extent] = True
    return mask


def write_image(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)


def write_csv(path, header, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *rows])
    content = text.getvalue().encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def make_siim(root, masks, name="codes.csv"):
    """Films `f00`, `f01`, ... in `root`/films and their table; a mask of None is an empty film."""
    rows = []
    for index, mask in enumerate(masks):
        write_image(root / "films" / f"f{index:02}.png", draw_film(index))
        rows.append((f"f{index:02}", "-1" if mask is None else encode(mask)))
    return root / "films", write_csv(root / name, ["ImageId", " EncodedPixels"], rows)


def make_pairs(root, count=4):
    for index in range(count):
        write_image(root / "png_images" / f"{index}_train_{index % 2}_.png", draw_film(index))
        mask = draw_mask() if index % 2 else np.zeros((SIDE, SIDE), dtype=np.bool_)
        write_image(root / "png_masks" / f"{index}_train_{index % 2}_.png", mask.astype(np.uint8) * 255)
    return root


def make_ptx498(root, count=2):
    for number, site in enumerate(("SiteA", "SiteB", "SiteC")):
        for index in range(1, count + 1):
            write_image(root / site / f"{index}.1.img.png", draw_film(10 * number + index))
            write_image(root / site / f"{index}.2.mask.png", draw_mask().astype(np.uint8) * 255)
    return root
