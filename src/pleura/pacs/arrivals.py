"""Our own port, where a PACS delivers by C-STORE the films that a C-MOVE asked for (PS3.4 annex B and C)."""

import threading

from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, evt
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]

from pleura.pacs.archive import FILM_CLASSES
from pleura.pacs.config import Dimse, Timeouts
from pleura.pacs.errors import PacsConfigError
from pleura.pacs.tls import server_context

_TAKEN, _REFUSED = 0x0000, 0x0124  # PS3.7 annex C: success; not authorized


class Arrivals:
    """A storage SCP that takes the one film it waits for, and refuses every other object.

    Raises:
        PacsConfigError: the port cannot be opened, or a certificate cannot be loaded.
    """

    def __init__(self, dimse: Dimse, timeouts: Timeouts) -> None:
        if dimse.listen_port is None:
            raise PacsConfigError("[dimse]", "listen_port is missing, where C-MOVE delivers films")
        self._change = threading.Condition()
        self._awaited: str | None = None
        self._content: bytes | None = None
        entity = AE(ae_title=dimse.calling)
        entity.require_called_aet = True
        entity.acse_timeout = timeouts.connect_s
        entity.dimse_timeout = entity.network_timeout = timeouts.answer_s
        entity.add_supported_context(Verification)
        for kind in FILM_CLASSES.values():
            entity.add_supported_context(kind, ALL_TRANSFER_SYNTAXES)
        secure = None if dimse.tls is None else server_context(dimse.tls)
        place = f"{dimse.listen_host}:{dimse.listen_port}"
        try:
            server = entity.start_server(
                (dimse.listen_host, dimse.listen_port),
                block=False,
                ssl_context=secure,
                evt_handlers=[(evt.EVT_C_STORE, self._take)],
            )
        except OSError as error:
            reason = f"our own port cannot be opened: {error.strerror}"
            raise PacsConfigError(place, reason, "Choose another listen_host or listen_port.") from error
        assert server is not None
        self._entity, self._server = entity, server

    def expect(self, uid: str) -> None:
        """Wait for this film from now on, and forget the last one."""
        with self._change:
            self._awaited, self._content = uid, None

    def arrived(self, seconds: float) -> bytes | None:
        """The film as it came, a PS3.10 file, or None if it does not come in time."""
        with self._change:
            self._change.wait_for(lambda: self._content is not None, seconds)
            content, self._awaited, self._content = self._content, None, None
            return content

    def close(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._entity.shutdown()

    def _take(self, event: evt.Event) -> int:
        # As bytes: they are parsed where a damaged film costs itself only.
        content = event.encoded_dataset()
        with self._change:
            if self._awaited is None or str(getattr(event.request, "AffectedSOPInstanceUID", "")) != self._awaited:
                return _REFUSED
            self._content = content
            self._change.notify_all()
        return _TAKEN
