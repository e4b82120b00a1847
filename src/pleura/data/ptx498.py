"""Importer of PTX-498's layout: folders SiteA, SiteB, SiteC with `N.1.img.png` and `N.2.mask.png`."""

from pathlib import Path

from pleura.core.errors import DatasetError
from pleura.data.entry import About, Entry, Source
from pleura.data.truth import FileTruth

SITES = ("SiteA", "SiteB", "SiteC")
_FILM, _MASK = ".1.img.png", ".2.mask.png"


def import_ptx498(folder: Path) -> Source:
    """Pair the films and masks of each site that is there; a film's id is site and number, as `SiteA-12`.

    Source: Wang et al. 2021, "Automated segmentation and diagnosis of pneumothorax on chest X-rays".

    Raises:
        DatasetError: no site folder, no film, or a film without a mask.
    """
    present = [folder / site for site in SITES if (folder / site).is_dir()]
    if not present:
        raise DatasetError(folder, "has none of the folders SiteA, SiteB, SiteC", "Name the folder above them.")
    entries, spare = [], 0
    for site in present:
        films = {path.name.removesuffix(_FILM): path for path in site.glob(f"*{_FILM}")}
        masks = {path.name.removesuffix(_MASK): path for path in site.glob(f"*{_MASK}")}
        spare += len(masks.keys() - films.keys())
        for number, film in sorted(films.items()):
            if number not in masks:
                raise DatasetError(film, f"has no mask {number}{_MASK}", "Add the mask beside it.")
            entries.append(Entry(f"{site.name}-{number}", film, FileTruth(masks[number]), About(site=site.name)))
    if not entries:
        raise DatasetError(folder, f"holds no film named N{_FILM}", "Name the folder above the sites.")
    return Source("ptx498", folder, tuple(entries), spare)
