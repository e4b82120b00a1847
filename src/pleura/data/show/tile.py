"""One film of a data set small, with its truth outlined in blue."""

import base64
from html import escape

import cv2
import numpy as np
from numpy.typing import NDArray

from pleura.data.case import Case
from pleura.data.dataset import Dataset
from pleura.data.film_key import film_key
from pleura.data.truth import resize_mask
from pleura.output.page.outline import outline_path

UNITS = 224
"""Units of a tile's longer side; the lines that the page's style draws are measured in them."""
_PIXELS = 256
_JPEG = (cv2.IMWRITE_JPEG_QUALITY, 78)
_TAILS = (0.5, 99.5)


def film_tile(dataset: Dataset, index: int, words: str = "") -> str:
    """A `<figure>` of a film in its native proportions, named by its row in cases.csv and a short hash of its id."""
    case = dataset.cases[index]
    longer = max(case.height, case.width)
    shape = (max(1, round(case.height * _PIXELS / longer)), max(1, round(case.width * _PIXELS / longer)))
    height, width = (f"{side * UNITS / _PIXELS:.1f}" for side in shape)
    mask = resize_mask(dataset.mask(index), (2 * shape[0], 2 * shape[1]))
    path = escape(outline_path(mask, UNITS / (2 * _PIXELS)))
    truth = f'<path class="rim" d="{path}"/><path class="truth" d="{path}"/>' if path else ""
    size, jpeg = f'width="{width}" height="{height}"', _jpeg(dataset.images[index], shape)
    said = escape(" · ".join(filter(None, (words, _said(case, labelled=dataset.record.labelled)))))
    name = f"film {index + 1}"
    return (
        f'<figure class="tile"><svg viewBox="0 0 {width} {height}" role="img" aria-label="{name}: {said}">'
        f'<image {size} preserveAspectRatio="none" href="data:image/jpeg;base64,{jpeg}"/>{truth}</svg>'
        f"<figcaption><b>{name}</b> <code>{film_key(case.id)}</code><br>{said}</figcaption></figure>"
    )


def _said(case: Case, *, labelled: bool) -> str:
    age = None if case.age is None else f"{case.age:.0f} y"
    known = [each for each in (case.view.value, case.sex, age) if each and each != "unknown"]
    size = [f"{case.area:.2%}"] if case.present else ["empty"] if labelled else []
    return " · ".join([*size, " ".join(known)] if known else size)


def _jpeg(image: NDArray[np.uint8], shape: tuple[int, int]) -> str:
    """The film at (rows, columns), stretched to its own range of greys, as base64."""
    low, high = np.percentile(image, _TAILS)
    small = cv2.resize(image, (shape[1], shape[0]), interpolation=cv2.INTER_AREA).astype(np.float32)
    stretched = (small - low) / max(1.0, high - low)
    done, content = cv2.imencode(".jpg", np.rint(stretched.clip(0, 1) * 255).astype(np.uint8), _JPEG)
    if not done:
        raise RuntimeError("OpenCV cannot write a JPEG")
    return base64.b64encode(content.tobytes()).decode("ascii")
