"""Read one film in Python: its finding, its regions, its mask, its picture.

python examples/02_segment_one_film.py FILM --out overlay.png
"""

import argparse
from pathlib import Path

import pleura
from pleura.output.overlay import overlay_png


def main() -> None:
    """Read the film, print what was found, save the overlay."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path)
    parser.add_argument("--out", type=Path, default=Path("overlay.png"))
    options = parser.parse_args()

    finding = pleura.segment(options.film)

    print("present:", finding.present)
    print(f"score: {finding.score:.3f} (present above {finding.threshold:.2f})")
    if finding.calibrated:
        print(f"probability: {finding.probability:.3f}")
    for region in finding.regions:
        area = "unknown" if region.area_cm2 is None else f"{region.area_cm2:.1f} cm2"
        print(f"region: {region.side}, {region.area_px} px, {area}, rows and columns {region.box}")
    print("mask:", finding.mask.shape, finding.mask.dtype, "pixels inside:", int(finding.mask.sum()))
    for note in finding.notes:
        print(f"warning: {note.code}: {note.text}")

    options.out.write_bytes(overlay_png(finding))
    print("picture:", options.out)


if __name__ == "__main__":
    main()
