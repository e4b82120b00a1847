"""Which object a result is: its UIDs, its series, and the device that made it."""

import hashlib
import json
from dataclasses import dataclass, replace
from importlib.metadata import version

import numpy as np

from pleura.core.types import Finding, ModelIdentity
from pleura.output.dicom.source import SourceImage
from pleura.output.dicom.uids import derived_uid
from pleura.output.document import document_of
from pleura.output.order import Order

MANUFACTURER = "pleura (research use, not a medical device)"
DEVICE = "pleura"
_SERIES_NUMBERS = {"seg": 9101, "fractional": 9102, "sr": 9103, "sc": 9104, "gsps": 9105, "summary": 9106}
_REVIEWED_NUMBERS = {"seg": 9107, "sr": 9108}
_SERIES_NAMES = {
    "seg": "AI pneumothorax outline",
    "fractional": "AI pneumothorax probability map",
    "sr": "AI pneumothorax report",
    "sc": "AI pneumothorax picture",
    "gsps": "AI pneumothorax outline as graphics",
    "summary": "AI pneumothorax summary of study",
}
_REVIEWED_NAMES = {"seg": "Reviewed pneumothorax outline", "sr": "Reviewed pneumothorax report"}


@dataclass(frozen=True)
class Identity:
    """UIDs, numbers and equipment of one object that is written.

    An object's UID follows from the film, the model, the versions of pleura and highdicom, the choices, and what
    was found: a second run gives the same object, and one that says anything else has another UID. Each object
    has a series of its own.
    """

    uid: str
    series_uid: str
    series_number: int
    series_name: str
    instance_number: int
    software: str
    serial: str

    @classmethod
    def of(cls, order: Order, kind: str) -> "Identity":
        """The identity of one film's object by its `kind`: seg, fractional, sr, sc or gsps; of a review seg or sr."""
        finding, choices = order.finding, repr(order.dicom)
        if kind == "sr":
            # A report names the SEG beside it, if there is one.
            choices += " with seg" if "seg" in order.formats else ""
        digest = _digest(finding, whole_map=kind == "fractional")
        said = (finding.film.source.sha256, choices, digest)
        if order.review is None:
            return cls.about(order.source, kind, finding.model, said)
        identity = cls.about(order.source, kind, finding.model, (*said, repr(order.review)))
        return replace(identity, series_number=_REVIEWED_NUMBERS[kind], series_name=_REVIEWED_NAMES[kind])

    @classmethod
    def about(cls, source: SourceImage, kind: str, model: ModelIdentity, said: tuple[str, ...]) -> "Identity":
        """The identity of an object that says what `said` tells apart, of a film with this source."""
        software = version("pleura")
        about = (kind, software, version("highdicom"), model.sha256, *said)
        return cls(
            uid=derived_uid("instance", *about),
            series_uid=derived_uid("series", *about),
            series_number=_SERIES_NUMBERS[kind],
            series_name=_SERIES_NAMES[kind],
            instance_number=int(source.header.InstanceNumber),
            software=software,
            serial=model.sha256[:16],
        )


def _digest(finding: Finding, *, whole_map: bool) -> str:
    """SHA-256 of all that a result can say of a film; the name of its file is no part of that."""
    said = {key: value for key, value in document_of(finding).items() if key != "source"}
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode("utf-8"))
    digest.update(np.packbits(finding.mask).tobytes())
    if whole_map:
        digest.update(np.ascontiguousarray(finding.probabilities).tobytes())
    return digest.hexdigest()
