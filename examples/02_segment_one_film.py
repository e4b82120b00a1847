"""One film in, one finding out: `python examples/02_segment_one_film.py FILM OVERLAY.png`."""

import sys
from pathlib import Path

import pleura
from pleura.output.overlay import overlay_png

film, picture = Path(sys.argv[1]), Path(sys.argv[2])
finding = pleura.segment(film)
print("pneumothorax" if finding.present else "no pneumothorax", f"(score {finding.probability:.2f})")
for region in finding.regions:
    area = f"{region.area_cm2:.1f} cm2" if region.area_cm2 is not None else f"{region.area_px} px"
    print(f"  patient's {region.side}: {area}, rows and columns {region.box}")
for note in finding.notes:
    print(f"  warning {note.code}: {note.text}")
picture.write_bytes(overlay_png(finding))
