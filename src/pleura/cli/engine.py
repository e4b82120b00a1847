"""Which engine a verb runs: the one asked for, the one saved for this machine, or pleura's own choice."""

from pleura.cli.console import say
from pleura.runtime import EngineChoice
from pleura.runtime.saved import config_path, saved_engine


def settled_engine(asked: EngineChoice) -> tuple[EngineChoice, str]:
    """The engine to run, and where it comes from: `asked`, `saved` (by `pleura bench --save`) or `auto`.

    Whoever asks for any part of it gets nothing saved for the rest. The terminal is told what was saved, also where
    that was measured on another machine or with other versions and is not used.

    Raises:
        ConfigError: the user's config file makes no sense.
    """
    if asked != EngineChoice():
        return asked, "asked"
    saved = saved_engine()
    if saved is None:
        return asked, "auto"
    if not saved.is_of_here:
        reason = "was measured on another machine or with other versions, and is not used"
        say(f"the engine in {config_path()} {reason}: run `pleura bench --save`")
        return asked, "auto"
    say(f"engine: {saved}, as `pleura bench` found best on this machine with {saved.model}")
    return saved.choice, "saved"
