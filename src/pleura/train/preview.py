"""A picture of augmented films, written before the first step, so that a wrong augmentation is seen in time."""

from pathlib import Path

import cv2
import numpy as np

from pleura.core.files import write_bytes
from pleura.core.recipe import Recipe
from pleura.output.png import encode_png
from pleura.train.augment import augment, draw
from pleura.train.resident import Resident

_FILMS, _DRAWS, _THUMB = 4, 6, 224
_OUTLINE = (255, 176, 0)


def write_preview(path: Path, films: Resident, recipe: Recipe, crop: int | None = None) -> None:
    """Draw a sheet: a row a film with a pneumothorax, first as it is, then as drawn and cropped in six epochs."""
    rows = np.flatnonzero(films.present)[:_FILMS]
    sheet = []
    for row in rows:
        greys, targets = films.batch([int(row)] * (_DRAWS + 1))
        plain = targets.mask
        draws = [draw(recipe.augmentation, recipe.seed, epoch, int(row)) for epoch in range(_DRAWS)]
        moved, masks = augment(greys[1:], plain[1:], draws, crop)
        pairs = [(greys[0, 0], plain[0, 0]), *zip(moved[:, 0], masks[:, 0], strict=True)]
        sheet.append(np.hstack([_thumb(grey.cpu().numpy(), mask.cpu().numpy()) for grey, mask in pairs]))
    write_bytes(path, encode_png(np.vstack(sheet)))


def _thumb(grey: np.ndarray, mask: np.ndarray) -> np.ndarray:
    small = cv2.resize(np.rint(grey * 255).astype(np.uint8), (_THUMB, _THUMB), interpolation=cv2.INTER_AREA)
    outline = (cv2.resize(mask, (_THUMB, _THUMB)) >= 0.5).astype(np.uint8)
    contours, _ = cv2.findContours(outline, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    return cv2.drawContours(cv2.cvtColor(small, cv2.COLOR_GRAY2RGB), contours, -1, _OUTLINE, 1, cv2.LINE_AA)
