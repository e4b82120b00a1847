"""A model card in Markdown (Mitchell et al., FAT* 2019); its numbers stand in the model or its evaluation."""

from collections.abc import Mapping

from pleura.core.caption import RESEARCH_USE
from pleura.evidence.card.measured import Measured
from pleura.evidence.card.metadata import metadata_block
from pleura.evidence.card.record import Record
from pleura.evidence.card.tables import markdown_table, measured_figures, own_figures, quoted, strata_table
from pleura.evidence.card.text import CardText
from pleura.evidence.card.training import cost_words, network_words, training_rows
from pleura.evidence.card.wording import calibration_words, decision_words, input_words, rule_out_words
from pleura.evidence.figures.estimate import FEW

_NOT_FOR = (
    "Diagnosing, triaging or excluding anything in a patient.",
    "Lateral films, CT slices, other body parts: it does not know them from frontal chest films. Headers that say so "
    "are refused, and so are most such pictures, by the gate that is asked before it, whose card says how many.",
    "The side of a pneumothorax on films that hang mirrored: unless the header says so, left and right are those "
    "of the picture, and the gate notices four of five mirrored films, on which the side is uncertain.",
)
_FEW = f"Figures over fewer than {FEW} films or {FEW} patients stand in square brackets."
_RECORDED = "From the model's own record, without intervals; masks are scored at native size."


def model_card(record: Record, text: CardText, measured: Measured | None = None) -> str:
    """Write a card.

    Args:
        record: what the model says of itself.
        text: what people know beside it.
        measured: an evaluation of this very model, for intervals and strata.
    """
    sections = (
        ("What it is", _what(record, text)),
        ("Intended use", _use(record, text)),
        ("How to use", _how(record)),
        ("Input", _input(record)),
        ("Decision and calibration", _decision(record)),
        ("Training", _training(record, text)),
        ("Evaluation", _evaluation(record, text, measured)),
        ("Strata", _strata(measured)),
        ("Limits and risks", _limits(record, text, measured)),
        ("How it was made", f"```sh\n{text.commands.strip()}\n```" if text.commands else ""),
        ("Cost", _cost(record, text)),
        ("Citation", _citation(record)),
        ("Acknowledgement and licence", _licence(record, text)),
    )
    head = f"# Model card: `{record.name}` {record.version}\n\n**{RESEARCH_USE}**"
    parts = [metadata_block(record, text, _results(record, text, measured)), head]
    parts += [f"## {title}\n\n{content}" for title, content in sections if content]
    return "\n\n".join(parts) + "\n"


def _results(record: Record, text: CardText, measured: Measured | None) -> Mapping[str, Mapping[str, float]]:
    """An evaluation where there is one, the model's own figures otherwise: never two of the same films."""
    results = {text.columns.get(key, key): found for key, found in record.figures.items()}
    if measured is not None:
        values = {name: said.value for name, said in measured.figures.items() if said.value is not None}
        results = {f"{measured.data.name} ({measured.reader.kind})": values}
    return {key: quoted(found) for key, found in results.items()}


def _what(record: Record, text: CardText) -> str:
    says = "Finds and outlines a pneumothorax on a frontal chest radiograph."
    file = f"File `{record.file}`, sha256 `{record.sha256}`; `pleura models show` prints what it says of itself."
    if not record.is_blend:
        return _paragraphs(says, f"{network_words(record.networks[0])}. {text.made_of}".rstrip(), file)
    rows = [(each.spec.name, each.role, f"{each.share:.2f}", network_words(each)) for each in record.networks]
    table = markdown_table(("network", "role", "share", "what it is"), rows)
    return _paragraphs(f"{says} {len(record.networks)} networks read a film together.", text.made_of, table, file)


def _use(record: Record, text: CardText) -> str:
    uses = "\n".join(f"- {line}" for line in (*record.intended_uses, *text.uses))
    return _paragraphs(uses, "It is not for:", "\n".join(f"- {line}" for line in (*_NOT_FOR, *text.not_for)))


def _how(record: Record) -> str:
    shell = f"```sh\npleura predict film.dcm --model {record.file} --out results\n```"
    code = (
        "```python\nfrom pathlib import Path\n\nimport pleura\n\n"
        f'finding = pleura.segment("film.dcm", model=Path("{record.file}"))\n'
        "print(finding.present, finding.probability)\n```"
    )
    return _paragraphs(shell, code)


def _input(record: Record) -> str:
    parts = []
    for network in record.networks:
        steps = "\n".join(f"{number}. {step}" for number, step in enumerate(input_words(network.spec.input), start=1))
        parts += [f"`{network.spec.name}`:", steps] if record.is_blend else [steps]
    return _paragraphs(*parts)


def _decision(record: Record) -> str:
    said = f"Decision: {decision_words(record.decision)}."
    if record.tuning is not None:
        tuning = record.tuning
        said += (
            f" Fitted for `{tuning.objective}` on `{tuning.data_name}`: {tuning.films} films of {tuning.patients} "
            "patients. Its figures on those very films would be too good."
        )
    ruled_out = [f"{rule_out_words(name, rule)}." for name, rule in record.first.items()]
    return _paragraphs(*ruled_out, said, calibration_words(record.calibration, record.calibration_record))


def _training(record: Record, text: CardText) -> str:
    parts = [text.trained, text.targets]
    for network in record.networks:
        trained = network.spec.training
        title = [f"`{network.spec.name}`:"] if record.is_blend else []
        rows = training_rows(trained) if trained is not None else []
        said = markdown_table(("what", "as recorded"), rows) if rows else "How it was trained is not recorded."
        parts += [*title, said]
    return _paragraphs(*parts)


def _evaluation(record: Record, text: CardText, measured: Measured | None) -> str:
    parts = list(text.judged)
    if record.figures:
        table = own_figures(record.figures, text.columns)
        parts += [_RECORDED, f"<!-- figures:start -->\n{table}\n<!-- figures:end -->"]
    if measured is not None:
        data = measured.data
        fitted = measured.reader.kind == "cross-fit"
        by = "by patient cross-fit of its decision" if fitted else "at the decision it holds"
        parts.append(
            f"Evaluated on `{data.name}` {by}: {data.films} films of {data.patients} patients, {data.present} with "
            "a pneumothorax. 95 % intervals by bootstrap over patients."
        )
        parts += [f"**Warning: {warning}**" for warning in measured.warnings]
        parts += [r"Figures marked \* are to be read with this in mind."] if data.seen else []
        parts += [_FEW, measured_figures(measured)]
    if not record.figures and measured is None:
        parts.append("No figure of this model is recorded.")
    return _paragraphs(*parts)


def _strata(measured: Measured | None) -> str:
    if measured is None or not measured.strata:
        return ""
    return _paragraphs(f"{_FEW} Chest drains are not recorded.", strata_table(measured))


def _limits(record: Record, text: CardText, measured: Measured | None) -> str:
    lines = [f"- {limit.about}: {limit.text}" for limit in text.limits]
    if record.calibration is None:
        lines.append("- Probability: not calibrated; it ranks films and is no chance of disease.")
    if any(network.spec.training is not None and network.spec.training.soft for network in record.networks):
        lines.append("- Targets: learned from what other models said, with their errors.")
    if measured is None:
        lines.append("- Strata: no figures by size, side, view, sex or age came with this card.")
    return "\n".join(lines)


def _cost(record: Record, text: CardText) -> str:
    trained = [network.spec.training for network in record.networks]
    recorded = [cost_words(record) for record in trained if record is not None]
    return _paragraphs(text.cost, *dict.fromkeys(recorded))


def _citation(record: Record) -> str:
    named = f"pleura model `{record.name}` {record.version}"
    return f"Cite the file, not the name alone: {named}, sha256 `{record.sha256}`, with the works named below."


def _licence(record: Record, text: CardText) -> str:
    return _paragraphs(f"Weights: {'; '.join(record.licences)}.", text.credit)


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(part.strip() for part in parts if part.strip())
