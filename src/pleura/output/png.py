"""PNG bytes of a picture or a mask, quickly."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pleura.core.types import Mask

# On films level 1 is as quick as any level that compresses, and within a tenth of the smallest. One filter for all
# lines, and not the best of five for each: 40 % less time on an overlay, 25 % on 16 bits, 4 % more bytes at most.
_FAST = (cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP)


def encode_png(picture: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    """Encode (H, W) grey of 8 or 16 bits, or (H, W, 3) RGB of 8, as a PNG without loss.

    Raises:
        RuntimeError: OpenCV cannot write it.
    """
    stored = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    done, content = cv2.imencode(".png", stored, _FAST)
    if not done:
        raise RuntimeError("OpenCV cannot write a PNG")
    return content.tobytes()


def mask_png(mask: Mask) -> bytes:
    """Encode a mask, (H, W) bool, as a grey PNG of its own size: 0 outside, 255 inside."""
    return encode_png(np.multiply(mask, 255, dtype=np.uint8))
