"""A drawn data set and a recipe, small enough to train in seconds."""

import cv2
import numpy as np

from pleura.core.recipe import load_recipe, parse_recipe

SHORT = {"resolution": 32, "epochs": 1, "learning_rate": 1e-3, "batch": 8}
"""One stage of one epoch."""


def draw_pairs(folder, count):
    """Films with two dark lungs before clouds; every other one has a darker ellipse in a lung, which is its mask.

    The clouds differ so much from film to film that no two are taken for the same patient's.
    """
    rng = np.random.default_rng(0)
    for name in ("png_images", "png_masks"):
        (folder / name).mkdir(parents=True)
    for number in range(count):
        clouds = cv2.resize(rng.uniform(70, 240, (6, 6)), (128, 128), interpolation=cv2.INTER_LINEAR)
        film = np.rint(clouds + rng.normal(0, 4, clouds.shape)).clip(0, 255).astype(np.uint8)
        mask = np.zeros_like(film)
        for column in (40, 88):
            cv2.ellipse(film, (column, 64), (18, 40), 0, 0, 360, 60, -1)
        if number % 2 == 0:
            centre = (int(rng.choice([30, 98])), int(rng.integers(36, 60)))
            cv2.ellipse(mask, centre, (10, 20), 0, 0, 360, 255, -1)
            film[mask > 0] = 10
        cv2.imwrite(str(folder / "png_images" / f"{number:03}.png"), film)
        cv2.imwrite(str(folder / "png_masks" / f"{number:03}.png"), mask)
    return folder


def smoke(**changes):
    """The recipe `smoke` with some values replaced; `a__b` names key b of table a."""
    content = load_recipe("smoke").model_dump(mode="json")
    for key, value in changes.items():
        part = content
        *path, last = key.split("__")
        for step in path:
            part = part[step]
        part[last] = value
    return parse_recipe(content, "smoke")
