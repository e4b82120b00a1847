"""What a run tells of itself as it goes on: its report, the films in it, and TensorBoard's events."""

from pleura.train.board import Board
from pleura.train.report import Subject, Watch, keep_sheet, write_report
from pleura.train.report.curves import best_record
from pleura.train.session import Session
from pleura.train.settle import Run


class Account:
    """Tells of one run; `watch` looks on while its validation films are judged.

    Raises:
        TrainingError: TensorBoard is asked for and not installed.
    """

    def __init__(self, run: Run, session: Session) -> None:
        self._run = run
        self._board = Board(run.folder, session.records) if run.plan.tensorboard else None
        self.watch = Watch(run.judged.dataset, run.judged.indices, run.recipe.seed)

    def keep_films(self, session: Session) -> None:
        """Keep what was seen in the validation of the session's last record.

        This comes before the epoch's checkpoint: a run killed in between repeats the epoch and writes the same.
        """
        validated = [record.epoch for record in session.records if record.validation]
        best = best_record(session.records, self._run.recipe.validation.monitor)
        sheet = self.watch.sheet(session.records[-1].epoch)
        keep_sheet(self._run.folder, sheet, validated, None if best is None else best.epoch)

    def close_epoch(self, session: Session) -> None:
        """Tell of the session's last record, after its checkpoint."""
        if self._board is not None:
            self._board.add(session.records[-1])
        self._write(session, ended=False)

    def close(self, session: Session) -> None:
        """Tell that the run is over."""
        if self._board is not None:
            self._board.close()
        if session.records:
            self._write(session, ended=True)

    def _write(self, session: Session, *, ended: bool) -> None:
        run = self._run
        data = run.films.dataset.record
        subject = Subject(
            recipe=run.recipe,
            data_name=data.name,
            data_sha256=data.sha256,
            train_films=len(run.films.present),
            val_films=len(run.judged.present),
            environment=run.environment,
        )
        write_report(run.folder, subject, session.records, ended=ended, averaged=session.averaged)
