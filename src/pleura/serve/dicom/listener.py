"""Our own port for C-STORE (PS3.4 annex B): the sender hears success when the film's job is committed."""

import hashlib
import hmac
import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, evt
from pynetdicom.association import Association
from pynetdicom.events import Event
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]
from sqlalchemy.exc import SQLAlchemyError

from pleura.pacs.archive import FILM_CLASSES
from pleura.pacs.config import Tls
from pleura.pacs.tls import server_context
from pleura.serve.dicom.settings import Listener, ListenerTls
from pleura.serve.errors import ServeConfigError, ServeError, TooMuch
from pleura.serve.intake.desk import Desk
from pleura.serve.intake.upload import Writing
from pleura.serve.state.audit import Deed, log_deed

# PS3.4 table B.2-1: success; out of resources; cannot understand; PS3.7 C.5.8: processing failure.
_TAKEN, _NO_ROOM, _CANNOT_UNDERSTAND, _FAILED = 0x0000, 0xA700, 0xC000, 0x0110
# PS3.8 table 9-21: for good, by us, for the sender's title.
_REJECTED, _BY_USER, _TITLE_NOT_RECOGNISED = 0x01, 0x01, 0x03
_ANSWER_S, _CONNECT_S = 60.0, 10.0
_MOST_ASSOCIATIONS = 20
_WHO = "dicom"
_LOG = logging.getLogger("pleura.serve")


@contextmanager
def listening(listener: Listener, desk: Desk) -> Iterator[None]:
    """Take films in by C-STORE as long as the block runs; C-ECHO is answered.

    Raises:
        ServeConfigError: the port cannot be opened.
        PacsConfigError: a certificate or key cannot be loaded.
    """
    entity = AE(ae_title=listener.title)
    entity.require_called_aet = True
    entity.require_calling_aet = list(listener.peers)
    entity.acse_timeout, entity.maximum_associations = _CONNECT_S, _MOST_ASSOCIATIONS
    entity.dimse_timeout = entity.network_timeout = _ANSWER_S
    entity.add_supported_context(Verification)
    for kind in FILM_CLASSES.values():
        entity.add_supported_context(kind, ALL_TRANSFER_SYNTAXES)
    place, known = (listener.host, listener.port), {} if listener.tls is None else listener.tls.fingerprints
    handlers = [(evt.EVT_REQUESTED, _check_certificate, [known]), (evt.EVT_C_STORE, _take, [desk])]
    secure = None if listener.tls is None else _context(listener.tls)
    try:
        server = entity.start_server(place, block=False, ssl_context=secure, evt_handlers=handlers)  # type: ignore[arg-type]
    except OSError as error:
        reason, remedy = error.strerror or "cannot listen there", "Choose another host or port in [listener]."
        raise ServeConfigError(f"{listener.host}:{listener.port}", reason, remedy) from error
    try:
        yield
    finally:
        entity.shutdown()
        assert server is not None


def _context(tls: ListenerTls) -> ssl.SSLContext:
    return server_context(Tls(ca_file=tls.ca_file, client_cert=tls.certificate, client_key=tls.key))


def _check_certificate(event: Event, known: dict[str, str]) -> None:
    """Turn down an AE title that is known by another certificate than the one shown (PS3.8 section 9.3.4)."""
    try:
        fits = _fits(event.assoc, known)
    except Exception as error:
        # pynetdicom would log it, and go on as if nothing had been wrong.
        _LOG.error("C-STORE: %s", type(error).__name__)
        fits = False
    if not fits:
        event.assoc.acse.send_reject(_REJECTED, _BY_USER, _TITLE_NOT_RECOGNISED)
        event.assoc.kill()


def _fits(association: Association, known: dict[str, str]) -> bool:
    request, place = association.requestor.primitive, association.dul.socket
    assert request is not None
    assert place is not None
    wanted = known.get((request.calling_ae_title or "").strip())
    if wanted is None:
        return True
    shown = place.socket.getpeercert(binary_form=True) if isinstance(place.socket, ssl.SSLSocket) else None
    return shown is not None and hmac.compare_digest(wanted, hashlib.sha256(shown).hexdigest())


def _take(event: Event, desk: Desk) -> int:
    """Take one film in; whatever goes wrong is a status, for an exception would quote it in a log."""
    try:
        status, job = _store(event, desk)
        log_deed(desk.database, Deed(_WHO, "C-STORE", job, f"{status:04X}"))
    except (TooMuch, OSError):
        return _NO_ROOM
    except ServeError as error:
        return _NO_ROOM if error.code == "disk_full" else _CANNOT_UNDERSTAND
    except SQLAlchemyError:
        return _FAILED
    except Exception as error:
        _LOG.error("C-STORE: %s", type(error).__name__)
        return _FAILED
    return status


def _store(event: Event, desk: Desk) -> tuple[int, str]:
    desk.check_room(_WHO)
    writing = Writing(desk.folder.new_incoming(), 0, (desk.limits.film_bytes, desk.limits.film_bytes))
    try:
        writing.write(event.encoded_dataset())
        received = writing.end()
    except BaseException:
        writing.drop()
        raise
    admitted = desk.admit([received], _WHO)
    return (_TAKEN, admitted.jobs[0].id) if admitted.jobs else (_CANNOT_UNDERSTAND, "")
