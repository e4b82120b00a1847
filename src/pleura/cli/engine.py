"""Which engine a verb runs: the one asked for, the one saved for this machine, or pleura's own choice."""

from dataclasses import dataclass
from typing import Literal

from pleura.cli.console import say
from pleura.runtime import EngineChoice
from pleura.runtime.saved import config_path, saved_engine


@dataclass(frozen=True)
class Settled:
    """The engine to run.

    Attributes:
        choice: how networks are run.
        origin: where that comes from: `asked`, `saved` (by `pleura bench --save`) or `auto`.
        films_at_once: how many films go through the network in one batch; one unless another number was saved.
    """

    choice: EngineChoice
    origin: Literal["asked", "saved", "auto"]
    films_at_once: int = 1

    @property
    def settings(self) -> dict[str, object]:
        """What a run's manifest says of it, beside what the engine itself tells."""
        return {"threads": self.choice.threads, "engine_from": self.origin, "films_at_once": self.films_at_once}


def settled_engine(asked: EngineChoice) -> Settled:
    """The engine asked for, else the one saved for this machine, else pleura's own choice.

    Whoever asks for any part of it gets nothing saved for the rest. The terminal is told what was saved, also where
    that was measured on another machine or with other versions and is not used.

    Raises:
        ConfigError: the user's config file makes no sense.
    """
    if asked != EngineChoice():
        return Settled(asked, "asked")
    saved = saved_engine()
    if saved is None:
        return Settled(asked, "auto")
    if not saved.is_of_here:
        reason = "was measured on another machine or with other versions, and is not used"
        say(f"the engine in {config_path()} {reason}: run `pleura bench --save`")
        return Settled(asked, "auto")
    say(f"engine: {saved}, as `pleura bench` found best on this machine with {saved.model}")
    return Settled(saved.choice, "saved", saved.batch)
