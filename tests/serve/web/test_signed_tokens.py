"""Tokens of a small real issuer: its own keys, its own description and keys over HTTP on loopback."""

import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import threading
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import example, given
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from pleura.serve.config import ServeConfig, changed
from pleura.serve.errors import ServeConfigError
from pleura.serve.state.claims import Outcome, claim_next, finish
from pleura.serve.state.job import Status
from serving_here import serving_here

ROLES = {"upload": ["radiographer"], "read": ["radiologist"], "admin": ["it"]}
REFETCH_S = 0.2
LEEWAY_S = 60


class Issuer:
    """Signs tokens, and tells its public keys over HTTP."""

    def __init__(self, address) -> None:
        self.address, self.keys, self.requests = address, {}, 0
        self.rotate("first")

    def rotate(self, name):
        """Sign with a new key from now on, and forget the others."""
        self.keys = {name: rsa.generate_private_key(public_exponent=65537, key_size=2048)}

    def documents(self):
        public = [
            {**json.loads(RSAAlgorithm.to_jwk(key.public_key())), "kid": name, "use": "sig"}
            for name, key in self.keys.items()
        ]
        return {
            "/.well-known/openid-configuration": {"issuer": self.address, "jwks_uri": f"{self.address}/keys"},
            "/keys": {"keys": public},
        }

    def claims(self, **changes):
        now = int(time.time())
        claims = {
            "iss": self.address,
            "aud": "pleura",
            "sub": "jane.reader@hospital.example",
            "name": "Dr. J. Reader",
        }
        times = {"iat": now, "exp": now + 600}
        whole = {**claims, **times, "realm": {"roles": ["radiologist"]}, **changes}
        return {name: value for name, value in whole.items() if value is not None}

    def token(self, *, key=None, algorithm="RS256", headers=None, **changes):
        (name,) = self.keys
        return jwt.encode(self.claims(**changes), key or self.keys[name], algorithm, {"kid": name, **(headers or {})})


@contextlib.contextmanager
def issuing():
    """An issuer on loopback; it can be closed before the block ends."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.requests += 1
            found = issuer.documents().get(self.path)
            self.send_response(200 if found else 404)
            self.end_headers()
            self.wfile.write(json.dumps(found).encode())

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer = Issuer(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()

        def close():
            if thread.is_alive():
                server.shutdown()
                thread.join()
                server.server_close()

        issuer.close = close
        try:
            yield issuer
        finally:
            close()


def oidc(issuer, **changes):
    settings = {"issuer": issuer.address, "audience": "pleura", "roles_claim": ["realm", "roles"], "roles": ROLES}
    return {**settings, "refetch_s": REFETCH_S, "leeway_s": LEEWAY_S, **changes}


@pytest.fixture(scope="module")
def issuer():
    with issuing() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def here(tmp_path_factory, bright_model, issuer):
    with serving_here(tmp_path_factory.mktemp("oidc"), bright_model, oidc=oidc(issuer)) as here:
        yield here


def refusal(here, token):
    """The status and code with which a token is turned away, and its reason."""
    answer = here.ask("GET", "/api/v1/jobs", token)
    error = answer.json()["error"]
    assert "Bearer" in answer.headers["WWW-Authenticate"]
    return answer.status_code, error["code"], error["reason"].rpartition(": ")[2]


@pytest.mark.parametrize(
    ("roles", "statuses"),
    [
        (["radiographer"], (400, 403, 403)),
        (["radiologist"], (403, 200, 403)),
        ("radiologist it", (400, 200, 200)),
        (["gardener"], (403, 403, 403)),
        (None, (403, 403, 403)),
        ({"radiologist": True}, (403, 403, 403)),
    ],
)
def test_the_claim_of_roles_says_what_its_holder_may_do(here, issuer, roles, statuses):
    token = issuer.token(realm={"roles": roles})
    calls = [("POST", "/api/v1/films"), ("GET", "/api/v1/jobs"), ("GET", "/metrics")]
    assert tuple(here.ask(method, path, token).status_code for method, path in calls) == statuses


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exp": 1}, "it has expired"),
        ({"exp": None}, "a claim is missing"),
        ({"sub": None}, "a claim is missing"),
        ({"nbf": 1 << 40}, "it is not valid yet"),
        ({"aud": "another"}, "it is for another audience"),
        ({"aud": None}, "a claim is missing"),
        ({"iss": "https://elsewhere.example"}, "it comes from another issuer"),
        ({"headers": {"typ": "logout+jwt"}}, "it was made for something else"),
        ({"algorithm": "RS384"}, "it is not signed by an algorithm that is allowed"),
    ],
)
def test_a_token_that_is_wrong_is_turned_away_with_the_reason(here, issuer, changes, reason):
    assert refusal(here, issuer.token(**changes)) == (401, "token", reason)


def test_clocks_may_be_apart_by_the_leeway_alone(here, issuer):
    now = int(time.time())
    assert here.ask("GET", "/api/v1/jobs", issuer.token(exp=now - 2, nbf=now + 30)).status_code == 200
    assert refusal(here, issuer.token(exp=now - 2 * LEEWAY_S))[2] == "it has expired"


def encoded(document):
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=")


def test_a_token_without_a_signature_is_turned_away(here, issuer):
    for algorithm in ("none", "None", "NONE"):
        token = b".".join([encoded({"alg": algorithm, "kid": "first"}), encoded(issuer.claims()), b""]).decode()
        assert refusal(here, token)[:2] == (401, "token")
    signed = issuer.token().rpartition(".")[0]
    assert refusal(here, f"{signed}.")[:2] == (401, "token")


def test_the_public_key_is_no_shared_secret(here, issuer):
    """CVE-2016-10555: an HMAC with the public key as its secret."""
    (name,) = issuer.keys
    public = issuer.keys[name].public_key()
    for secret in (
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        RSAAlgorithm.to_jwk(public).encode(),
    ):
        signed = encoded({"alg": "HS256", "kid": name, "typ": "JWT"}) + b"." + encoded(issuer.claims())
        mac = base64.urlsafe_b64encode(hmac.digest(secret, signed, hashlib.sha256)).rstrip(b"=")
        assert refusal(here, (signed + b"." + mac).decode())[:2] == (401, "token")


def test_a_key_that_is_not_the_issuers_is_turned_away(here, issuer):
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert refusal(here, issuer.token(key=other)) == (401, "token", "its signature or a claim of it is wrong")
    stranger = issuer.token(key=other, headers={"kid": "stranger"})
    assert refusal(here, stranger) == (401, "token", "it is signed by no key of the issuer")
    curve = ec.generate_private_key(ec.SECP256R1())
    inside = {"jwk": json.loads(ECAlgorithm.to_jwk(curve.public_key())), "jku": "https://elsewhere.example/keys"}
    assert refusal(here, issuer.token(key=curve, algorithm="ES256", headers=inside))[:2] == (401, "token")


@given(token=st.binary(max_size=60).map(lambda noise: noise.translate(None, bytes(range(32)) + b"\x7f").strip()))
@example(token=b"a.b.c")
@example(token=b"..")
@example(token=b"e30.e30.")
@example(token=b"\xe4.\xf6.\xfc")
def test_what_is_no_token_at_all_is_turned_away(here, token):
    answer = here.http.get("/api/v1/jobs", headers={"Authorization": b"Bearer x" + token})
    assert answer.status_code == 401


def test_a_new_key_of_the_issuer_is_learnt_and_the_old_one_ends(here, issuer):
    old = issuer.token()
    assert here.ask("GET", "/api/v1/jobs", old).status_code == 200
    issuer.rotate("second")
    time.sleep(REFETCH_S)
    assert here.ask("GET", "/api/v1/jobs", issuer.token()).status_code == 200
    assert refusal(here, old)[:2] == (401, "token")


def test_names_of_keys_that_are_made_up_do_not_flood_the_issuer(here, issuer):
    here.ask("GET", "/api/v1/jobs", issuer.token())
    before, begun = issuer.requests, time.monotonic()
    for number in range(25):
        here.ask("GET", "/api/v1/jobs", issuer.token(headers={"kid": str(number)}))
    rounds = 2 + (time.monotonic() - begun) / REFETCH_S
    assert issuer.requests - before <= 2 * rounds


def test_the_audit_log_knows_a_subject_by_a_pseudonym(here, issuer):
    here.ask("GET", "/api/v1/jobs", issuer.token(sub="john.doe"))
    here.ask("GET", "/api/v1/jobs", issuer.token(sub="john.doe"))
    names = [who for who, what, outcome in here.audit() if outcome == "200"]
    assert names[-1] == names[-2]
    assert names[-1].startswith("oidc:")
    assert names[-1] != names[0]
    assert "john" not in str(here.audit())
    assert "jane" not in str(here.audit())


def test_while_the_issuer_is_down_known_keys_hold_and_others_wait(tmp_path, bright_model):
    with issuing() as issuer, serving_here(tmp_path, bright_model, oidc=oidc(issuer)) as here:
        token = issuer.token()
        assert here.ask("GET", "/api/v1/jobs", token).status_code == 200
        issuer.close()
        assert here.ask("GET", "/api/v1/jobs", token).status_code == 200
        issuer.rotate("second")
        time.sleep(REFETCH_S)
        assert here.ask("GET", "/api/v1/jobs", issuer.token()).status_code == 401
        assert here.ask("GET", "/api/v1/jobs", token).status_code == 200


def test_an_issuer_that_was_never_there_is_told_as_that(tmp_path, bright_model):
    with issuing() as issuer, serving_here(tmp_path, bright_model, oidc=oidc(issuer)) as here:
        token = issuer.token()
        issuer.close()
        answer = here.ask("GET", "/api/v1/jobs", token)
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "issuer")
        assert here.ask("GET", "/livez", token).status_code == 200
        assert here.http.get("/api/v1/jobs").status_code == 401


def test_keys_may_lie_in_a_file_and_nobody_is_asked_then(tmp_path, bright_model, issuer):
    before = issuer.requests
    (tmp_path / "keys.json").write_text(json.dumps(issuer.documents()["/keys"]))
    settings = oidc(issuer, jwks=tmp_path / "keys.json")
    with serving_here(tmp_path / "data", bright_model, oidc=settings) as here:
        assert here.ask("GET", "/api/v1/jobs", issuer.token()).status_code == 200
        (tmp_path / "keys.json").write_text("no keys")
        assert here.ask("GET", "/api/v1/jobs", issuer.token(headers={"kid": "x"})).status_code == 401
    assert issuer.requests == before


def test_a_review_is_of_the_reader_whom_the_issuer_names(here, issuer):
    pixels = b"\x89PNG\r\n\x1a\n and no more"
    sent = here.ask("POST", "/api/v1/films", issuer.token(realm={"roles": ["it"]}), content=pixels).json()
    claim = claim_next(here.service.database, "test", 60)
    film = {"rows": 1, "columns": 1, "view": "PA", "spacing_mm": None, "study": None, "patient": None}
    values = {"film": {**film, "acquired": None}, "finding": {}, "present": False, "urgency": 0.1}
    assert finish(here.service.database, claim, Outcome(Status.DONE, values))
    path = f"/api/v1/jobs/{sent['jobs'][0]['id']}/reviews"
    for body in ({"verdict": "accepted"}, {"verdict": "accepted", "reader": "Somebody Else"}):
        answer = here.ask("POST", path, issuer.token(), json=body)
        assert (answer.status_code, answer.json().get("reader")) == (201, "Dr. J. Reader")
    for name in (None, "  ", "^", "R" * 121, ["R"]):
        nameless = here.ask("POST", path, issuer.token(name=name), json={"verdict": "accepted", "reader": "R"})
        assert (nameless.status_code, nameless.json()["error"]["code"]) == (403, "no_reader")


@pytest.mark.parametrize(
    "changes",
    [
        {"algorithms": ["HS256"]},
        {"algorithms": ["none"]},
        {"algorithms": []},
        {"issuer": "http://login.example"},
        {"issuer": "https://user:word@login.example"},
        {"audience": ""},
        {"roles": {}},
        {"roles_claim": []},
        {"secret": "x"},
    ],
)
def test_no_config_makes_tokens_that_anybody_could_sign(changes):
    settings = {"issuer": "https://login.example", "audience": "pleura", "roles": ROLES}
    assert changed(ServeConfig(), {"oidc": settings}).oidc
    with pytest.raises(ServeConfigError):
        changed(ServeConfig(), {"oidc": {**settings, **changes}})
