"""A data set of grey noise with bright discs, which the network of `models` finds."""

import cv2
import numpy as np

from pleura.data.pairs import import_pairs
from pleura.data.prepare import PreparePlan, prepare
from pleura.data.splits import SplitPlan

SIDE = 64


def make_discs(folder, count, seed=3, split=None):
    """Prepare `count` films of 64 x 64 pixels, every other one with a disc that is its mask; no two look alike."""
    generator = np.random.default_rng(seed)
    for name in ("png_images", "png_masks"):
        (folder / "films" / name).mkdir(parents=True)
    for index in range(count):
        coarse = generator.uniform(0, 90, (8, 8)).astype(np.float32)
        film = cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC).clip(1, 110).astype(np.uint8)
        mask = np.zeros_like(film)
        if index % 2:
            centre = [int(place) for place in generator.integers(18, 46, 2)]
            cv2.circle(mask, centre, int(generator.integers(8, 14)), 255, -1)
        film[mask > 0] = 230
        cv2.imwrite(str(folder / "films" / "png_images" / f"{seed}-{index:02}.png"), film)
        cv2.imwrite(str(folder / "films" / "png_masks" / f"{seed}-{index:02}.png"), mask)
    plan = PreparePlan(side=SIDE, split=split or SplitPlan(val=0.25, test=0.25))
    return prepare(import_pairs(folder / "films"), folder / "data", plan)
