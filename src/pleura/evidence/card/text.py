"""What people know of a model and no record holds: the hand-written part of its card, TOML beside the model."""

import tomllib
from pathlib import Path

from pydantic import Field, ValidationError

from pleura.core.errors import ModelFileError
from pleura.core.strict import Strict
from pleura.predict.loading import CARD_SUFFIX

_REMEDY = "Write it with the keys of pleura.evidence.card.text.CardText."


class Limit(Strict):
    """One limit or risk: what it is about, and a sentence on it, both Markdown."""

    about: str
    text: str


class CardText(Strict):
    """The hand-written part of a card; every text is Markdown, and what is left out has no place on the card.

    Attributes:
        made_of: what the network started from.
        uses: what it may be used for, beside the intended use that the model itself states.
        not_for: what it must not be used for, beside what holds for every model.
        targets: whose masks it learned, and what is wrong with them.
        trained: further words on the training films.
        judged: on which films, how, and what the figures do not say.
        columns: a heading for each set of figures in the model's record, by its key.
        limits: what is known to go wrong or was never tried.
        commands: how the model was made, as shell commands.
        cost: machine, hours and energy of the training, where someone took them down.
        credit: whom the films and weights come from, with references.
        datasets: names of the sets, for the metadata.
        tags: further tags for the metadata.
    """

    made_of: str = ""
    uses: tuple[str, ...] = ()
    not_for: tuple[str, ...] = ()
    targets: str = ""
    trained: str = ""
    judged: tuple[str, ...] = ()
    columns: dict[str, str] = Field(default_factory=dict)
    limits: tuple[Limit, ...] = ()
    commands: str = ""
    cost: str = ""
    credit: str = ""
    datasets: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def text_beside(model: Path) -> Path:
    """Where the hand-written part of a model's card lies: `default.onnx` has `default.card.toml`."""
    return model.with_name(model.stem + CARD_SUFFIX)


def read_card_text(path: Path) -> CardText:
    """Read the hand-written part of a card.

    Raises:
        ModelFileError: it cannot be read, is no TOML, or has a key or value that a card does not.
    """
    try:
        return CardText.model_validate(tomllib.loads(path.read_bytes().decode("utf-8")))
    except OSError as error:
        raise ModelFileError(path, f"cannot be read: {error.strerror}", "Check the path.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ModelFileError(path, f"is no text of a card: {where}: {first['msg']}", _REMEDY) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelFileError(path, f"is no valid TOML: {error}", _REMEDY) from error
