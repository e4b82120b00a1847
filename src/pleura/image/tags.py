"""Header values by keyword, of the type that is asked for."""

from dataclasses import dataclass
from decimal import Decimal

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence

from pleura.core.errors import Refusal, UnreadableImage
from pleura.image.parse import PYDICOM_ERRORS


@dataclass(frozen=True)
class Tags:
    """A typed view of a data set, or of an item of a sequence; no value of it ever reaches an error."""

    dataset: Dataset
    path: str

    def text(self, keyword: str) -> str:
        """The first value as upper-case text without padding; empty where missing."""
        values = self._values(keyword)
        return str(values[0]).strip().upper() if values else ""

    def texts(self, keyword: str) -> tuple[str, ...]:
        """All values as upper-case text."""
        return tuple(str(value).strip().upper() for value in self._values(keyword))

    def integer(self, keyword: str) -> int | None:
        """The one value as a whole number; None where missing or empty.

        Raises:
            UnreadableImage: `malformed`, if it is no single whole number.
        """
        values = self._values(keyword)
        if not values:
            return None
        number = _number(values[0])
        if len(values) != 1 or number is None or not number.is_integer():
            raise self.malformed(keyword)
        return int(number)

    def numbers(self, keyword: str) -> tuple[float, ...]:
        """All values as numbers, which may be infinite or NaN; empty where missing.

        Raises:
            UnreadableImage: `malformed`, if one is no number.
        """
        numbers = []
        for value in self._values(keyword):
            number = _number(value)
            if number is None:
                raise self.malformed(keyword)
            numbers.append(number)
        return tuple(numbers)

    def raw(self, keyword: str) -> object:
        """The value as pydicom gives it; None where missing.

        Raises:
            UnreadableImage: `malformed`, if pydicom cannot convert it.
        """
        try:
            value: object = self.dataset.get(keyword)
            return value
        except PYDICOM_ERRORS as error:
            raise self.malformed(keyword) from error

    def items(self, keyword: str) -> tuple["Tags", ...]:
        """The items of a sequence; empty where missing.

        Raises:
            UnreadableImage: `malformed`, if it is no sequence.
        """
        value = self.raw(keyword)
        if value is None:
            return ()
        items = tuple(value) if isinstance(value, Sequence) else (value,)
        if not all(isinstance(item, Dataset) for item in items):
            raise self.malformed(keyword)
        return tuple(Tags(item, self.path) for item in items if isinstance(item, Dataset))

    def malformed(self, keyword: str) -> UnreadableImage:
        """The error for a value that is not what its tag must hold; it names the tag, never the value."""
        remedy = "Export the film again, or mend that tag."
        return UnreadableImage(self.path, Refusal.MALFORMED, f"tag {keyword} is not readable", remedy)

    def _values(self, keyword: str) -> tuple[object, ...]:
        value = self.raw(keyword)
        if value is None or (isinstance(value, str | bytes | MultiValue) and len(value) == 0):
            return ()
        return tuple(value) if isinstance(value, MultiValue | list | tuple) else (value,)


def _number(value: object) -> float | None:
    if not isinstance(value, int | float | str | Decimal):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None
