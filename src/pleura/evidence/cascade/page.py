"""A cascade as one offline page: what it saves and loses in words, curves, and figures beside the full model's."""

from collections.abc import Sequence

from pleura.data import Dataset
from pleura.evidence.cascade.cost import PREVALENCES
from pleura.evidence.cascade.curve import Point
from pleura.evidence.cascade.tune import Share, TunedCascade
from pleura.evidence.comparison.words import between, figure_words, plain, signed, verdict_text
from pleura.output.page.frame import Cell, Head, charts, lead, note, page, section, table
from pleura.output.page.plane import Axis
from pleura.output.page.plot import Curve, Guide, Plot, Sign, draw_plot

_SHOWN = (
    "auroc",
    "ap",
    "dice_positives",
    "siim_dice",
    "pooled_f1",
    "empty_correct",
    "sensitivity",
    "specificity",
    "brier",
)
_TOO_GOOD = (
    "Curves are of the films that the rule is fitted on, every threshold as it falls: to look at. The rings are the "
    "cross-fit, by rules that did not see the film's patient: to publish."
)


def cascade_page(tuned: TunedCascade, curve: Sequence[Point], dataset: Dataset) -> str:
    """The page; it needs no other file and no network."""
    alone, cascade = tuned.comparison.titles
    head = Head(
        kind=f"Cascade on {dataset.record.name}",
        title=cascade,
        state=f"asked to lose at most {100 * tuned.plan.rule.lose:g} %",
        lines=(f"Against {alone}.",),
        warnings=tuned.comparison.warnings,
    )
    drawn = "".join(
        draw_plot(plot) for plot in (_savings(tuned, curve), _quality(tuned, curve), _losses(tuned, curve))
    )
    sections = (
        section("In short", *(lead(sentence) for sentence in summary(tuned))),
        section("What it saves, what it costs", charts(drawn), note(_TOO_GOOD)),
        section("Savings", _saving_table(tuned)),
        section("Figures", _figure_table(tuned)),
    )
    return page(head, (), sections)


def summary(tuned: TunedCascade) -> tuple[str, ...]:
    """What is to be known first, in sentences."""
    held, plan = tuned.held_out, tuned.plan.rule
    counted = "those that the full model finds" if plan.of == "found" else "all"
    savings = ", ".join(f"{times(tuned, share)} at {100 * share:g} %" for share in PREVALENCES)
    found = "" if held.found is None else f"{share_words(held.found)} of the positives that the full model finds, "
    return (
        f"The first model says no up to a score of {tuned.rule.below:.4g}, where it loses at most "
        f"{100 * plan.lose:g} % of the positives ({counted}) that the rule is fitted on.",
        f"On films that the rule did not see it settles {share_words(held.absent)} of the films without a "
        f"pneumothorax, and loses {found}{share_words(held.present)} of all.",
        f"Multiply-adds by prevalence: {savings}.",
        *(
            f"{figure_words(row.figure)}: {signed(row.figure, row.difference.value)} "
            f"({between(row.figure, row.difference)}), {verdict_text(row)}."
            for row in tuned.comparison.contrasts[1]
            if row.figure in ("auroc", "dice_positives")
        ),
    )


def times(tuned: TunedCascade, prevalence: float) -> str:
    """How many times fewer multiply-adds, held out: `3.1 times fewer`."""
    return f"{tuned.multiply_adds.saving(tuned.held_out.passing, prevalence):.2f} times fewer"


def share_words(share: Share) -> str:
    """A share with its interval: `2.1 % (0.4 to 6.0)`."""
    return f"{100 * share.value:.1f} % ({100 * share.low:.1f} to {100 * share.high:.1f})"


def _savings(tuned: TunedCascade, curve: Sequence[Point]) -> Plot:
    """Savings against what is lost of the positives that count."""
    curves = [
        Curve(
            f"{100 * share:g} % prevalence",
            [(_lost(tuned, point), point.savings[share]) for point in curve],
            (),
            number,
        )
        for number, share in enumerate(PREVALENCES)
    ]
    held, passing = _held(tuned), tuned.held_out.passing
    signs = [
        Sign("", (held, tuned.multiply_adds.saving(passing, share)), number)
        for number, share in enumerate(PREVALENCES)
    ]
    most = max(point.savings[share] for point in curve for share in PREVALENCES)
    return Plot(
        "Savings",
        Axis(0.0, 1.0, f"lost of {_whom(tuned)}"),
        Axis(0.0, most, "times fewer multiply-adds"),
        curves=curves,
        guides=[Guide((0.0, 1.0), (1.0, 1.0), "the full model alone")],
        signs=signs,
    )


def _quality(tuned: TunedCascade, curve: Sequence[Point]) -> Plot:
    """AUROC and Dice of positives against the cost at the middle prevalence."""
    share = PREVALENCES[1]
    names = {"auroc": "AUROC", "dice_positives": "Dice of positives"}
    cascade = tuned.comparison.figures[1]
    cost = 1 / tuned.multiply_adds.saving(tuned.held_out.passing, share)
    return Plot(
        "Quality",
        Axis(
            0.0, max(1 / point.savings[share] for point in curve), f"cost, full model alone = 1, at {100 * share:g} %"
        ),
        Axis(0.0, 1.0, ""),
        curves=[
            Curve(words, [(1 / point.savings[share], getattr(point, name)) for point in curve], (), number)
            for number, (name, words) in enumerate(names.items())
        ],
        signs=[Sign("", (cost, cascade[name].value), number) for number, name in enumerate(names)],
    )


def _losses(tuned: TunedCascade, curve: Sequence[Point]) -> Plot:
    """Who is ruled out: positives against the rest, with the exact interval as a band."""
    points = [(point.lost.absent.value, _lost(tuned, point)) for point in curve]
    band = []
    for point in curve:
        share = point.lost.found if tuned.plan.rule.of == "found" else point.lost.present
        if share is not None:
            band.append((point.lost.absent.value, share.low, share.high))
    return Plot(
        "Ruled out",
        Axis(0.0, 1.0, "of films without a pneumothorax"),
        Axis(0.0, 1.0, f"of {_whom(tuned)}"),
        curves=[Curve("", points, band)],
        guides=[Guide((0.0, tuned.plan.rule.lose), (1.0, tuned.plan.rule.lose))],
        signs=[Sign("by cross-fit", (tuned.held_out.absent.value, _held(tuned)))],
        note="Dashed: the most that was to be lost. Shaded: exact 95 % intervals.",
    )


def _whom(tuned: TunedCascade) -> str:
    return "positives that the full model finds" if tuned.plan.rule.of == "found" else "all positives"


def _lost(tuned: TunedCascade, point: Point) -> float:
    share = point.lost.found if tuned.plan.rule.of == "found" else point.lost.present
    return float("nan") if share is None else share.value


def _held(tuned: TunedCascade) -> float:
    share = tuned.held_out.found if tuned.plan.rule.of == "found" else tuned.held_out.present
    return float("nan") if share is None else share.value


def _saving_table(tuned: TunedCascade) -> str:
    rows = [
        (
            f"{100 * share:g} %",
            f"{100 * tuned.held_out.passing.at(share):.1f} %",
            f"{tuned.multiply_adds.a_film(tuned.held_out.passing, share) / 1e9:.2f} G",
            f"{tuned.multiply_adds.saving(tuned.held_out.passing, share):.2f}",
            f"{tuned.seconds.saving(tuned.held_out.passing, share):.2f}",
        )
        for share in PREVALENCES
    ]
    cost = tuned.multiply_adds
    head = ("prevalence", "left to the full model", "multiply-adds a film", "times fewer", "times less time")
    alone = f"A film costs the full model {cost.full / 1e9:.2f} G multiply-adds, the first {cost.first / 1e9:.2f} G."
    return table(head, rows) + note(alone)


def _figure_table(tuned: TunedCascade) -> str:
    alone, cascade = tuned.comparison.figures
    rows = [
        (
            Cell(figure_words(row.figure), verdict_text(row)),
            plain(row.figure, alone[row.figure].value),
            plain(row.figure, cascade[row.figure].value),
            Cell(signed(row.figure, row.difference.value), between(row.figure, row.difference)),
        )
        for row in tuned.comparison.contrasts[1]
        if row.figure in _SHOWN
    ]
    return table(("figure, and what is shown", "full model", "cascade", "difference, 95 % interval"), rows)
