"""Every figure in plain words; the exact definitions stand in metrics.md of the design."""

from pleura.evidence.figures.table import SOFT_IOU

_DISTANCE = "How far the borders lie apart, but for the farthest 5 %"
_SIZE = "Predicted less true area"

DEFINITIONS: dict[str, str] = {
    "siim_dice": "Dice of each film, 1 where both masks are empty and 0 where exactly one is; mean over films.",
    "siim_dice_all_empty": "What an empty mask on every film would score: the share of healthy films.",
    "dice_positives": "Overlap of the outlines: twice the common area over the sum of both. 1 is identical, 0 apart.",
    "dice_positives_median": "Half of the films with a pneumothorax have a higher Dice.",
    "empty_correct": "Healthy films on which nothing is outlined: the specificity of the mask.",
    "pooled_accuracy": "Pixels of all films told right; high for any reader, since most pixels are healthy.",
    "pooled_precision": "Outlined pixels that truly are pneumothorax.",
    "pooled_recall": "Pixels of pneumothorax that are outlined.",
    "pooled_f1": "Dice of all films' pixels taken as one picture; large pneumothoraces count most.",
    "pooled_iou": "Common area over joint area, of all films' pixels taken as one picture.",
    "kaggle_iou": "A step score that one published system is trained by; up to 1.1.",
    SOFT_IOU: "IoU of probabilities, pooled over each batch; depends on the order of the films, so has no interval.",
    "nsd": "Share of both borders that lies within 2 mm of the other; 0 where nothing was outlined.",
    "nsd_px": "The same within 2 px, on films whose spacing is unknown.",
    "hd95": f"{_DISTANCE}; mean over films where both masks hold something.",
    "hd95_median": f"{_DISTANCE}; median over the same films.",
    "hd95_px": f"{_DISTANCE}; mean over films whose spacing is unknown.",
    "hd95_px_median": f"{_DISTANCE}; median over films whose spacing is unknown.",
    "hd95_undefined": "Films with a pneumothorax but without an outline: they have no distance.",
    "auroc": "Chance that a film with a pneumothorax has a higher score than one without.",
    "ap": "Area under the precision-recall curve, as a sum of steps.",
    "sensitivity_at_specificity_90": "Share found, were the threshold set so that 90 % of healthy films are passed.",
    "sensitivity_at_specificity_95": "Share found, were 95 % of healthy films passed.",
    "specificity_at_sensitivity_90": "Share of healthy films passed, were the threshold set to find 90 %.",
    "specificity_at_sensitivity_95": "Share of healthy films passed, were it set to find 95 %.",
    "ece": "Mean gap between the probability given and the share truly present, over tenths of probability.",
    "brier": "Mean squared gap between probability and truth; 0.25 for always saying one half.",
    "size_error": f"{_SIZE}, in % of the film: the mean. Above 0 means outlined too large.",
    "size_error_low": f"{_SIZE}: the lower of the limits that hold 95 % of films, if errors are normal.",
    "size_error_high": f"{_SIZE}: the upper of those limits.",
    "size_error_cm2": f"{_SIZE} in the plane of the detector, where the spacing is known: the mean.",
    "size_error_cm2_low": f"{_SIZE}, cm²: the lower limit of agreement.",
    "size_error_cm2_high": f"{_SIZE}, cm²: the upper limit of agreement.",
    "sensitivity": "Films with a pneumothorax on which one was found.",
    "specificity": "Healthy films on which none was found.",
    "ppv": "Films with a finding that truly have a pneumothorax; falls where it is rarer than here.",
    "npv": "Films without a finding that truly have none.",
    "films_correct": "Films on which the decision is right.",
    "tta_correct_plain": "Films decided right when each is read once.",
    "tta_correct_flip": "Films decided right when each is read with its mirror image.",
}
"""By the names of `FIGURES`."""
