"""Every measure, in the order in which they are said. A new one is one function, one row here and one test."""

from pleura.core.measures.apex import apex_to_cupola
from pleura.core.measures.area import area
from pleura.core.measures.collins import collins
from pleura.core.measures.count import bilateral, region_count
from pleura.core.measures.hilum import interpleural_hilum
from pleura.core.measures.lateral import interpleural_lateral
from pleura.core.measures.light import light
from pleura.core.measures.needs import (
    adult,
    erect_pa,
    hemithorax_known,
    length_at_the_detector,
    lung_left,
    seen_from_the_front,
    sides_certain,
    spacing_known,
)
from pleura.core.measures.scene import MeasureRow
from pleura.core.measures.share import hemithorax_percent
from pleura.core.measures.size_class import accp_2001, bts_2010, bts_2023
from pleura.core.measures.unseen import unseen

_PICTURE = "outline on the film"
_BTS_2010 = "MacDuff 2010, BTS guideline, Thorax 65 Suppl 2:ii18"
_BTS_2023 = "Roberts 2023, BTS guideline, Thorax 78 Suppl 3:s1"
_ACCP_2001 = "Baumann 2001, ACCP consensus, Chest 119:590"
_COLLINS = "Collins 1995, AJR 165:1127"
_LIGHT = "Light, Pleural Diseases"
_PACKAGE = "not a measure of pleura"

_DISTANCE = (erect_pa, spacing_known, hemithorax_known, lung_left)
_GRADED = (erect_pa, adult, spacing_known, hemithorax_known, lung_left)
_VOLUME = (erect_pa, adult, hemithorax_known, lung_left)
_AT_DETECTOR = (length_at_the_detector,)
_FLAT = (seen_from_the_front,)
_AREA = (seen_from_the_front, length_at_the_detector)

MEASURES: dict[str, MeasureRow] = {
    "area": MeasureRow("area", "cm2", "film", area, _PICTURE, (spacing_known,), _AREA),
    "regions": MeasureRow("number of regions", "1", "film", region_count, _PICTURE),
    "bilateral": MeasureRow("bilateral", "", "film", bilateral, _PICTURE, (sides_certain,)),
    "tension": MeasureRow("tension", "", "film", unseen, _PACKAGE),
    "effusion": MeasureRow("pleural effusion", "", "film", unseen, _PACKAGE),
    "drain": MeasureRow("chest drain", "", "film", unseen, _PACKAGE),
    "area_of_side": MeasureRow("area of the side", "cm2", "side", area, _PICTURE, (spacing_known,), _AREA),
    "hemithorax_percent": MeasureRow(
        "share of the hemithorax", "%", "side", hemithorax_percent, _PICTURE, (hemithorax_known,), _FLAT
    ),
    "interpleural_hilum": MeasureRow(
        "interpleural distance at the hilum", "cm", "side", interpleural_hilum, _BTS_2010, _DISTANCE, _AT_DETECTOR
    ),
    "interpleural_lateral": MeasureRow(
        "lateral interpleural distance",
        "cm",
        "side",
        interpleural_lateral,
        _BTS_2023,
        _DISTANCE,
        _AT_DETECTOR,
    ),
    "apex_to_cupola": MeasureRow(
        "distance from apex to cupola", "cm", "side", apex_to_cupola, _ACCP_2001, _DISTANCE, _AT_DETECTOR
    ),
    "collins": MeasureRow("size by Collins", "%", "side", collins, _COLLINS, _GRADED, _AT_DETECTOR),
    "light": MeasureRow("size by Light", "%", "side", light, _LIGHT, _VOLUME),
    "bts_2010": MeasureRow("size class by BTS 2010", "", "side", bts_2010, _BTS_2010, _GRADED, _AT_DETECTOR),
    "bts_2023": MeasureRow("size class by BTS 2023", "", "side", bts_2023, _BTS_2023, _GRADED, _AT_DETECTOR),
    "accp_2001": MeasureRow("size class by ACCP 2001", "", "side", accp_2001, _ACCP_2001, _GRADED, _AT_DETECTOR),
}
