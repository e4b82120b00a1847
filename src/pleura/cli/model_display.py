"""What a model says of itself, for the person at the terminal: by group, with its figures as a table."""

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from pleura.core.spec import TuningRecord
from pleura.evidence.card.record import Network, Record
from pleura.evidence.card.training import network_words, training_rows
from pleura.evidence.card.wording import calibration_words, decision_words, input_words, rule_out_words


def show_record(record: Record, path: Path) -> None:
    """Print a model's record to stdout, as wide as the terminal."""
    console = Console(highlight=False)
    console.print(f"[bold]{escape(record.name)} {escape(record.version)}[/bold]", soft_wrap=True)
    for line in (str(path), f"sha256 {record.sha256}"):
        console.print(escape(line), style="dim", soft_wrap=True)
    for line in record.intended_uses:
        console.print(escape(line))
    for network in record.networks:
        _show_network(console, network, record.is_blend)
    calibration = calibration_words(record.calibration, record.calibration_record).replace("**", "")
    tuning = [] if record.tuning is None else [("fitted on", _tuning(record.tuning))]
    first = [("first", rule_out_words(name, rule)) for name, rule in record.first.items()]
    rule = ("rule", decision_words(record.decision))
    _group(console, "Decision", [*first, rule, *tuning, ("probability", calibration)])
    if record.figures:
        console.print("\n[bold]Figures[/bold]")
        console.print(Padding(_figures(record), (0, 2), expand=False))
    _group(console, "Licence", [("weights", "; ".join(record.licences))])


def _show_network(console: Console, network: Network, in_blend: bool) -> None:
    spec = network.spec
    title = (
        f"Network {spec.name} {spec.version}, {network.role}, share {network.share:.2f}" if in_blend else "Network"
    )
    steps = [("input" if number == 0 else "", step) for number, step in enumerate(input_words(spec.input))]
    _group(console, title, [("architecture", network_words(network)), *steps])
    rows = training_rows(spec.training) if spec.training is not None else [("record", "none")]
    _group(console, "Training", rows)


def _group(console: Console, title: str, rows: Iterable[tuple[str, str]]) -> None:
    console.print(f"\n[bold]{escape(title)}[/bold]")
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True, min_width=12)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(escape(name), escape(value.replace("`", "")))
    console.print(Padding(table, (0, 2), expand=False))


def _tuning(tuning: TuningRecord) -> str:
    return f"{tuning.data_name}: {tuning.films} films of {tuning.patients} patients, for {tuning.objective}"


def _figures(record: Record) -> Table:
    """A row a figure, a column a set of films."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("figure", no_wrap=True)
    for key in record.figures:
        table.add_column(escape(key), justify="right")
    for name in dict.fromkeys(name for found in record.figures.values() for name in found):
        values = (f"{found[name]:.3f}" if name in found else "" for found in record.figures.values())
        table.add_row(escape(name), *values)
    return table
