"""Input and decision of a model in words, as its card has them."""

from pleura.core.calibration import Calibration, CalibrationRecord, Isotonic, Platt, Temperature
from pleura.core.rule_out import RuleOut
from pleura.core.spec import REFERENCE_SIDE, Contrast, DecisionSpec, InputSpec

_FILM = f"a {REFERENCE_SIDE} x {REFERENCE_SIDE} film"


def decision_words(decision: DecisionSpec) -> str:
    """How a yes or no and an outline come about, in one sentence with every number that has a say."""
    gate = f"at least {decision.area} px (of {_FILM}) over {decision.top:g}"
    outline = f"outline over {decision.bottom:g}"
    if decision.rule == "threshold":
        said = f"{outline}; present where any of it is left"
    elif decision.rule == "doublet":
        said = f"{gate}; outline over the same"
    elif decision.rule == "label_gated":
        said = f"{gate}, and the label's probability over {decision.label:g}; {outline}"
    elif decision.rule == "distance":
        said = f"{gate}; outline where the signed distance is under {decision.cut:g}"
    else:
        said = f"{gate}; {outline}"
    if decision.removal:
        said += f"; parts under {decision.removal} px dropped"
    if decision.tta == "flip":
        said += "; averaged with the mirrored film"
    if decision.scales != (1.0,):
        said += f"; averaged over the scales {', '.join(f'{scale:g}' for scale in decision.scales)}"
    return f"{said} (rule `{decision.rule}`)"


def rule_out_words(name: str, rule: RuleOut) -> str:
    """When a first model settles a film alone, in one sentence."""
    score = "the label's probability" if rule.by == "label" else "the score of its own decision"
    return f"`{name}` rules a film out, and no other network sees it, where {score} is at most {rule.below:.4g}"


def input_words(spec: InputSpec) -> list[str]:
    """What happens to a film before the network sees it, step by step."""
    steps = ["A frontal film (PA or AP); grey in [0, 1] by the range that its file declares, 1 = dense tissue."]
    if spec.crop is not None:
        steps.append(
            f"Cropped to rows {spec.crop.top:g} to {spec.crop.bottom:g} and columns {spec.crop.left:g} to "
            f"{spec.crop.right:g} of it, widened by {spec.crop.margin_px} px of {_FILM}."
        )
    if spec.lung_crop is not None:
        steps.append(f"Cropped to the box around both lungs, widened by {spec.lung_crop.margin:g} of its sides.")
    steps.append(f"Resized to {spec.side} x {spec.side}, then {_contrast(spec.contrast)}.")
    if spec.clahe is not None:
        steps.append(f"CLAHE, clip {spec.clahe.clip:g}, {spec.clahe.tiles} x {spec.clahe.tiles} tiles.")
    mean, std = (", ".join(f"{value:g}" for value in values) for values in (spec.mean, spec.std))
    channels = "1 channel" if spec.channels == 1 else f"{spec.channels} equal channels"
    steps.append(f"{channels}; mean {mean}, standard deviation {std}.")
    if spec.patch is not None:
        side = spec.patch.side
        steps.append(f"Seen in windows of {side} x {side} that overlap by {spec.patch.overlap:g} of it.")
    return steps


def _contrast(contrast: Contrast) -> str:
    if contrast.kind == "declared":
        return "left at the contrast that the file declares"
    stretch = f"the {contrast.low:g} to {contrast.high:g} percentiles of the exposed field stretched to [0, 1]"
    curve = "" if contrast.kind == "percentile" else "the header's display curve where there is one, and "
    return curve + stretch


def calibration_words(calibration: Calibration | None, record: CalibrationRecord | None) -> str:
    """How a score becomes a probability, where it was fitted and what that changed."""
    if calibration is None:
        ranks = "The `probability` is the score of that rule (docs/adr/0002): it ranks films."
        return f"{ranks} **It is not calibrated**; .9 does not mean nine in ten."
    match calibration:
        case Temperature(temperature=temperature):
            how = f"temperature {temperature:.3g}"
        case Platt(slope=slope, intercept=intercept):
            how = f"Platt scaling, slope {slope:.3g}, intercept {intercept:.3g}"
        case Isotonic(x=x):
            how = f"isotonic regression with {len(x)} knots"
    said = f"The `probability` is that score calibrated by {how}."
    if record is None:
        return said
    before, after = record.before, record.after
    return (
        f"{said} Fitted on `{record.data_name}`: {record.films} films of {record.patients} patients, "
        f"{record.present} with a pneumothorax; it holds where {record.prevalence:.1%} of films have one. By patient "
        f"cross-fit the expected calibration error went from {before.ece:.3f} to {after.ece:.3f}, the Brier score "
        f"from {before.brier:.3f} to {after.brier:.3f}."
    )
