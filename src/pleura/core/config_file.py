"""A config file in TOML, and what is wrong with it in words that repeat no value: one of them may be a secret."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from pleura.core.errors import PleuraError
from pleura.core.strict import Strict

Config = TypeVar("Config", bound=Strict)


def read_config_file(
    kind: type[Config], path: Path, refusal: Callable[[Path, str, str], PleuraError], remedy: str
) -> Config:
    """Read a config file; paths in it stay as they are written.

    Args:
        kind: what it holds.
        path: the file.
        refusal: makes the error from the file, the reason and the remedy.
        remedy: for a key or value that makes no sense.

    Raises:
        PleuraError: what `refusal` made: unreadable, no TOML, or a key or value that makes no sense.
    """
    try:
        return kind.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise refusal(path, error.strerror or "cannot be read", "Check the path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        # Neither error is chained or quoted: the line at fault may hold a secret that does not belong there.
        raise refusal(path, f"no TOML ({type(error).__name__})", "Check its quotes and brackets.") from None
    except ValidationError as error:
        raise refusal(path, keys_at_fault(error), remedy) from None


def keys_at_fault(error: ValidationError) -> str:
    """Which keys are wrong and why, without their values."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, one['loc'])) or 'file'}: {one['msg']}" for one in found)
