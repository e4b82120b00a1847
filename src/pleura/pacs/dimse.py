"""A PACS by DIMSE (PS3.4, PS3.7): C-ECHO, C-FIND, C-MOVE to our own port, C-STORE."""

import io
import socket
import ssl
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE
from pynetdicom.association import Association
from pynetdicom.pdu_primitives import A_ASSOCIATE
from pynetdicom.presentation import PresentationContext, build_context

from pleura.output.dicom.source import quiet
from pleura.pacs.archive import FILM_CLASSES, ObjectKey, StudyQuery
from pleura.pacs.arrivals import Arrivals
from pleura.pacs.config import PacsConfig
from pleura.pacs.errors import Answered, Busy, Denied, PacsConfigError, PacsError, TlsFailed, Unreachable
from pleura.pacs.film_file import damaged, film_file
from pleura.pacs.tls import client_context, secrecy

_ECHO = "1.2.840.10008.1.1"
_FIND, _MOVE = "1.2.840.10008.5.1.4.1.2.2.1", "1.2.840.10008.5.1.4.1.2.2.2"
_PLAIN_FILMS = ("", "CR", "DR", "DX", "RG", "XR")
_MODALITIES = {"CR": _PLAIN_FILMS, "DX": _PLAIN_FILMS, "SC": (*_PLAIN_FILMS, "OT")}
"""Modality of a series that may hold a kind of film, so that those of a CT are not asked for object by object.

Vendors put films of the kind CR under DX or RG; a secondary capture keeps what it shows, or has OT.
"""
_QUERIED = ("StudyInstanceUID", "StudyDate", "AccessionNumber")
_ALERT_S = 1.0
_PENDING = (0xFF00, 0xFF01)
_UNKNOWN_DESTINATION = 0xA801
_REJECTED_TITLES = {3: "calling AE title not recognized", 7: "called AE title not recognized"}


class DimseArchive:
    """One application entity; a new association for each request, so that nothing old is in the way of a retry.

    Raises:
        PacsConfigError: a certificate cannot be loaded.
    """

    def __init__(self, config: PacsConfig) -> None:
        if config.dimse is None:
            raise PacsConfigError("[dimse]", "the table is missing")
        self._config, self._timeouts = config.dimse, config.timeouts
        self._moves = config.read == "dimse"
        self._place = f"{self._config.called} at {self._config.host}:{self._config.port}"
        tls = self._config.tls
        self._secure = None if tls is None else client_context(tls)
        self._arrivals: Arrivals | None = None
        self._entity = AE(ae_title=self._config.calling)
        self._entity.connection_timeout = self._entity.acse_timeout = self._timeouts.connect_s
        self._entity.dimse_timeout = self._entity.network_timeout = self._timeouts.answer_s

    def check(self) -> str:
        """C-ECHO, and our own port where C-MOVE is to deliver."""
        with self._associated([build_context(_ECHO)]) as association:
            self._judged(association.send_c_echo(), "C-ECHO")
        said = f"{self._place} answered C-ECHO ({secrecy(self._config.tls)})"
        if not self._moves:
            return said
        self._own_port()
        return f"{said}, and our port {self._config.listen_port} is open"

    def studies(self, query: StudyQuery) -> list[str]:
        """UIDs of the studies that match, sorted."""
        with self._associated([build_context(_FIND)]) as association:
            found = self._find(association, "STUDY", {"StudyInstanceUID": "", **query.tags()})
        told = [{keyword: str(one.get(keyword) or "") for keyword in _QUERIED} for one in found]
        return sorted({one["StudyInstanceUID"] for one in told if query.matches(one)} - {""})

    def films(self, study: str, kinds: Collection[str]) -> list[ObjectKey]:
        """The objects of one study whose kind is a name in `FILM_CLASSES`, sorted."""
        wanted = {FILM_CLASSES[kind] for kind in kinds}
        modalities = {modality for kind in kinds for modality in _MODALITIES[kind]}
        keys = set()
        with self._associated([build_context(_FIND)]) as association:
            asked = {"StudyInstanceUID": study, "SeriesInstanceUID": "", "Modality": ""}
            for one in self._find(association, "SERIES", asked):
                series = str(one.get("SeriesInstanceUID") or "")
                if series and str(one.get("Modality") or "") in modalities:
                    keys |= self._objects(association, study, series)
        return sorted(key for key in keys if key.kind in wanted)

    def fetch(self, key: ObjectKey) -> bytes:
        """One object as a DICOM file, see `film_file`.

        Raises:
            UnreadableImage: the PACS sent it, and it cannot be parsed.
        """
        port, asked = self._own_port(), Dataset()
        asked.QueryRetrieveLevel = "IMAGE"
        asked.StudyInstanceUID, asked.SeriesInstanceUID, asked.SOPInstanceUID = key.study, key.series, key.uid
        port.expect(key.uid)
        with self._associated([build_context(_MOVE)]) as association, quiet():
            for status, _ in association.send_c_move(asked, self._config.calling, _MOVE):
                self._judged(status, "C-MOVE")
        content = port.arrived(self._timeouts.answer_s)
        if content is None:
            raise Answered(self._place, "C-MOVE ended well, and no film came to our port")
        try:
            with quiet():
                dataset = dcmread(io.BytesIO(content))
        except Exception as error:
            raise damaged(key, error) from error
        return film_file(dataset, key)

    def holds(self, key: ObjectKey) -> bool:
        """Is an object of this UID there?"""
        with self._associated([build_context(_FIND)]) as association:
            return any(one.uid == key.uid for one in self._objects(association, key.study, key.series, key.uid))

    def store(self, content: bytes) -> None:
        """Store one object, given as a DICOM file (PS3.10)."""
        dataset = dcmread(io.BytesIO(content))
        syntaxes = (ExplicitVRLittleEndian, ImplicitVRLittleEndian)
        # Two contexts: in one with two syntaxes the PACS might choose that which ours has to be converted to.
        contexts = [build_context(dataset.SOPClassUID, syntax) for syntax in syntaxes]
        with self._associated(contexts) as association, quiet():
            try:
                status = association.send_c_store(dataset)
            except ValueError as error:
                raise Answered(self._place, f"it does not take {dataset.SOPClassUID.name}") from error
            self._judged(status, "C-STORE")

    def close(self) -> None:
        """Close our own port, if it is open."""
        if self._arrivals is not None:
            self._arrivals.close()
            self._arrivals = None

    def _own_port(self) -> Arrivals:
        if self._arrivals is None:
            self._arrivals = Arrivals(self._config, self._timeouts)
        return self._arrivals

    def _objects(self, association: Association, study: str, series: str, uid: str = "") -> set[ObjectKey]:
        asked = {"StudyInstanceUID": study, "SeriesInstanceUID": series, "SOPInstanceUID": uid, "SOPClassUID": ""}
        found = self._find(association, "IMAGE", asked)
        values = [(str(one.get("SOPInstanceUID") or ""), str(one.get("SOPClassUID") or "")) for one in found]
        return {ObjectKey(study, series, found_uid, kind) for found_uid, kind in values if found_uid}

    def _find(self, association: Association, level: str, keys: dict[str, str]) -> list[Dataset]:
        asked, found = Dataset(), []
        asked.QueryRetrieveLevel = level
        for keyword, value in keys.items():
            setattr(asked, keyword, value)
        with quiet():
            for status, identifier in association.send_c_find(asked, _FIND):
                self._judged(status, "C-FIND")
                if identifier is not None:
                    found.append(identifier)
                elif status.Status in _PENDING:
                    # Left out, a film would be missed without a word.
                    raise Answered(self._place, "an answer to C-FIND cannot be parsed")
        return found

    @contextmanager
    def _associated(self, contexts: list[PresentationContext]) -> Iterator[Association]:
        """An association for one request.

        Raises:
            PacsError: there is none, or the PACS knows none of the services.
        """
        config = self._config
        secure = None if self._secure is None else (self._secure, config.host)
        try:
            with quiet():
                association = self._entity.associate(
                    config.host, config.port, contexts=contexts, ae_title=config.called, tls_args=secure
                )
        except OSError as error:
            raise Unreachable(self._place, error.strerror or type(error).__name__) from error
        if not association.is_established:
            raise self._why_not(association)
        try:
            yield association
        except RuntimeError as error:
            # pynetdicom's word for an association that ended between two requests.
            raise Unreachable(self._place, "connection lost in the middle") from error
        finally:
            if association.is_established:
                association.release()

    def _why_not(self, association: Association) -> PacsError:
        answer = _answer(association)
        if answer is not None and answer.result != 0:
            # PS3.8 section 9.3.4: result 2 is transient, source 1 the service user.
            reason = _REJECTED_TITLES.get(answer.diagnostic or 0) if answer.result_source == 1 else None
            if reason is not None:
                return Denied(self._place, reason, "Set calling and called as the PACS knows them.")
            reason = "association rejected"
            return Busy(self._place, reason) if answer.result == 2 else Answered(self._place, reason)
        if answer is not None:
            return Answered(self._place, "it offers none of the services that were asked for")
        return self._probed()

    def _probed(self) -> PacsError:
        """Why no association came about, which pynetdicom does not tell: connect once more, and look."""
        host, port = self._config.host, self._config.port
        try:
            with socket.create_connection((host, port), self._timeouts.connect_s) as plain:
                if self._secure is not None and not _trusted(self._secure, plain, host):
                    return TlsFailed(self._place, "no trust: the certificate, or the port speaks no TLS")
        except TimeoutError:
            return Unreachable(self._place, "no answer in time")
        except OSError as error:
            return Unreachable(self._place, error.strerror or type(error).__name__)
        return Unreachable(self._place, "connected, and no DICOM came: busy, another protocol, or it wants TLS")

    def _judged(self, status: Dataset, service: str) -> None:
        """Go on after success, a warning or a pending status (PS3.7 annex C).

        Raises:
            PacsError: a failure, or no status at all.
        """
        if "Status" not in status:
            # Orthanc breaks off where it does not know who asks; so does any PACS that is stopped.
            raise Unreachable(
                self._place, f"broke off during {service}: stopped, or it knows not {self._config.calling}"
            )
        code = int(status.Status)
        if code in (0x0000, 0x0001, *_PENDING) or (code >> 12 == 0xB and service != "C-MOVE"):
            return
        reason = f"{service} failed with status {code:04X}"
        if code == _UNKNOWN_DESTINATION:
            raise Denied(self._place, reason, "Make our AE title, host and listen_port known to the PACS.")
        if code >> 8 == 0xA7:
            raise Busy(self._place, reason)
        raise Answered(self._place, reason)


def _answer(association: Association) -> A_ASSOCIATE | None:
    """What the PACS said to the request for an association, if anything.

    Where it refuses and hangs up at once, pynetdicom may notice the end first, and leave the refusal unread.
    """
    answer = association.acceptor.primitive
    while answer is None and (unread := association.dul.receive_pdu()) is not None:
        answer = unread if isinstance(unread, A_ASSOCIATE) else None
    return answer


def _trusted(context: ssl.SSLContext, plain: socket.socket, host: str) -> bool:
    """Do both ends trust each other? A server tells only after the handshake that it wants another certificate."""
    try:
        secure = context.wrap_socket(plain, server_hostname=host)
    except OSError:  # ssl.SSLError and a time out of the handshake are such
        return False
    with secure:
        secure.settimeout(_ALERT_S)
        try:
            secure.recv(1)
        except TimeoutError:
            return True
        except OSError:
            return False
    return True
