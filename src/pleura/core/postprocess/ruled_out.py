"""The maps of a film that a first model ruled out, as the decision of the whole blend reads them."""

import numpy as np

from pleura.core.calibration import logit, sigmoid
from pleura.core.postprocess.maps import FAR
from pleura.core.postprocess.presence import deciding_pixel, presence_threshold
from pleura.core.spec import DecisionSpec, InputSpec
from pleura.core.types import Maps, Pixels


def ruled_out_maps(mask: Pixels, score: float, spec: InputSpec, decision: DecisionSpec) -> Maps:
    """A first model's map, moved so that a decision which it was not made for finds nothing and gives this score.

    The log odds of all pixels move by one number, so that the map keeps its shape, and none is left above the
    threshold of presence. What a decision asks of further heads agrees: the label has the same score, and the
    distance map is outside everywhere.

    Args:
        mask: (side, side) probabilities of the first model on the grid of `spec`.
        score: in [0, 1]; held just under the threshold of presence.
        spec: of the blend.
        decision: of the blend.
    """
    gated = decision.rule == "label_gated"
    highest = np.nextafter(np.float32(decision.top if gated else presence_threshold(decision)), np.float32(0))
    aim = min(2 * score * decision.top if gated else score, float(highest))
    wanted, told = logit(np.array((aim, deciding_pixel(mask, spec, decision)), dtype=np.float64)).tolist()
    moved = np.minimum(sigmoid(logit(mask.astype(np.float64)) + (wanted - told)), highest).astype(np.float32)
    return Maps(
        mask=moved,
        label=min(2 * score, 1.0) * decision.label if gated else None,
        distance=np.full_like(moved, FAR) if decision.rule == "distance" else None,
    )
