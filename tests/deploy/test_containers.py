"""The container files say what the service takes, and no more than a hospital may run as it stands."""

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from pleura import __version__
from pleura.serve.config import ServeConfig, changed, read_serve_config
from pleura.serve.credentials import token_hash
from pleura.serve.errors import ServeConfigError

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text("utf-8"))
DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8")
KUBERNETES = [
    each
    for path in sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    for each in yaml.safe_load_all(path.read_text("utf-8"))
]
CONFIGS = sorted(DEPLOY.glob("*/serve.toml"))
WORKER_GB, SERVER_GB = 1.0, 1.0
"""A worker takes half as much (docs/serve.md); large films and their pictures come on top."""
TOKEN = f'\n[[tokens]]\nname = "page"\nsha256 = "{token_hash("x")}"\nroles = ["read"]\n'


def manifest(kind, name="pleura"):
    (found,) = [each for each in KUBERNETES if each["kind"] == kind and each.get("metadata", {}).get("name") == name]
    return found


def config_of(path, folder):
    """The config file as it is once an operator has added a token."""
    copy = folder / path.parent.name / "serve.toml"
    copy.parent.mkdir(parents=True)
    copy.write_text(path.read_text("utf-8") + TOKEN, "utf-8")
    return read_serve_config(copy)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.parent.name)
def test_a_config_file_holds_no_token_and_without_one_nothing_starts(path, tmp_path):
    assert "tokens" not in tomllib.loads(path.read_text("utf-8"))
    with pytest.raises(ServeConfigError, match="every caller needs a token"):
        read_serve_config(path)
    assert config_of(path, tmp_path).data.is_relative_to("/data")


def test_compose_and_the_service_agree_on_port_database_certificate_and_time_to_end(tmp_path):
    config, service = config_of(DEPLOY / "compose" / "serve.toml", tmp_path), COMPOSE["services"]["pleura"]
    assert service["ports"] == [f"${{PLEURA_ADDRESS:-127.0.0.1}}:{config.port}:{config.port}"]
    assert config.database_env in service["environment"]
    mounts = dict(volume.split(":")[1::-1] for volume in service["volumes"])
    assert mounts[str(config.data)] in COMPOSE["volumes"]
    assert str(config.tls_certificate.parent) in mounts
    assert str(config.tls_key.parent) in mounts
    assert service["environment"]["PLEURA_HEALTH"] == f"https://127.0.0.1:{config.port}/livez"
    assert int(service["stop_grace_period"].removesuffix("s")) > config.workers.grace_s + 5


def test_kubernetes_and_the_service_agree_on_port_database_and_time_to_end(tmp_path):
    config, pod = config_of(DEPLOY / "kubernetes" / "serve.toml", tmp_path), manifest("Deployment")["spec"]
    (container,) = pod["template"]["spec"]["containers"]
    assert container["ports"] == [{"name": "http", "containerPort": config.port}]
    assert config.database_env in [each["name"] for each in container["env"]]
    # A volume's own folder belongs to root: the service could not close it to others.
    assert str(config.data.parent) in [each["mountPath"] for each in container["volumeMounts"]]
    assert pod["template"]["spec"]["terminationGracePeriodSeconds"] > config.workers.grace_s + 5
    # Two services on one data folder keep each other off: a second pod would never be ready.
    assert (pod["replicas"], pod["strategy"]["type"]) == (1, "Recreate")
    assert manifest("Service")["spec"]["selector"] == pod["template"]["metadata"]["labels"]
    # Tokens cross the last hop in clear, and X-Forwarded-For is believed: only the ingress may come near.
    assert config.proxied
    (rule,) = manifest("NetworkPolicy")["spec"]["ingress"]
    assert len(rule["from"]) == 1


def test_the_workers_fit_into_the_memory_of_their_container(tmp_path):
    (container,) = manifest("Deployment")["spec"]["template"]["spec"]["containers"]
    limits = {
        "compose": COMPOSE["services"]["pleura"]["mem_limit"],
        "kubernetes": container["resources"]["limits"]["memory"],
    }
    for name, limit in limits.items():
        workers = config_of(DEPLOY / name / "serve.toml", tmp_path).workers
        # By default there would be as many as the whole machine has cores for.
        assert workers.count is not None
        assert workers.count * WORKER_GB + SERVER_GB <= float(limit.lower().removesuffix("i").removesuffix("g"))


def test_the_ingress_lets_through_what_the_service_takes():
    size = manifest("Ingress")["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-body-size"]
    assert size == f"{ServeConfig().limits.upload_mib}m"


def test_containers_run_as_nobody_on_a_read_only_root():
    service = COMPOSE["services"]["pleura"]
    assert (service["read_only"], service["cap_drop"], service["user"]) == (True, ["ALL"], "10001:10001")
    assert re.search(r"^USER 10001:10001$", DOCKERFILE, re.MULTILINE)
    pod = manifest("Deployment")["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["runAsUser"] == 10001
    inner = pod["containers"][0]["securityContext"]
    assert inner["readOnlyRootFilesystem"]
    assert not inner["allowPrivilegeEscalation"]
    assert {"cpu", "memory"} <= pod["containers"][0]["resources"]["limits"].keys()
    writable = [volume for volume in service["volumes"] if not volume.endswith(":ro")]
    assert writable == ["data:/data"]


def test_every_image_is_pinned_and_ours_is_of_this_version():
    images = [service["image"] for service in COMPOSE["services"].values()]
    images += [manifest("Deployment")["spec"]["template"]["spec"]["containers"][0]["image"]]
    images += [line.split()[1] for line in DOCKERFILE.splitlines() if line.startswith("FROM ")]
    assert all(re.fullmatch(r"[\w./-]+:\d+\.\d+[\w.-]*", image) for image in images), images
    assert {image for image in images if image.startswith("pleura:")} == {f"pleura:{__version__}"}


def test_nothing_but_loopback_is_published_unless_asked():
    published = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert published
    assert all(re.match(r"\$\{\w+:-127\.0\.0\.1\}:", port) for port in published)
    assert COMPOSE["services"]["database"]["networks"] == ["back"]
    assert COMPOSE["networks"]["back"]["internal"]


def test_the_dockerfile_copies_what_is_there_and_the_context_lets_through_nothing_else():
    allowed = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    copied = [
        name
        for line in DOCKERFILE.splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for name in line.split()[1:-1]
    ]
    assert all((ROOT / name).exists() for name in copied)
    assert sorted(line[1:] for line in allowed if line.startswith("!")) == sorted(copied)
    assert allowed[1] == "*"


def test_kustomize_names_every_manifest():
    listed = manifest("Kustomization", None)["resources"]
    there = {path.name for path in (DEPLOY / "kubernetes").glob("*.yaml")} - {"kustomization.yaml"}
    assert set(listed) == there
    secret = manifest("Kustomization", None)["secretGenerator"][0]["name"]
    volumes = manifest("Deployment")["spec"]["template"]["spec"]["volumes"]
    assert secret in [volume["secret"]["secretName"] for volume in volumes if "secret" in volume]


def test_the_gateway_takes_from_nobody_until_told_and_sends_to_the_service_alone():
    settings = json.loads((DEPLOY / "compose" / "orthanc.json").read_text("utf-8"))
    assert settings["DicomModalities"] == {}
    assert not settings["DicomAlwaysAllowStore"]
    assert not settings["RemoteAccessAllowed"]
    (server,) = settings["DicomWeb"]["Servers"].values()
    port = tomllib.loads((DEPLOY / "compose" / "serve.toml").read_text("utf-8"))["port"]
    assert server["Url"] == f"https://pleura:{port}/dicomweb/"
    assert "${PLEURA_UPLOAD_TOKEN}" in server["HttpHeaders"]["Authorization"]
    assert "PLEURA_UPLOAD_TOKEN" in COMPOSE["services"]["orthanc"]["environment"]


def test_a_config_key_that_does_not_exist_is_refused():
    # What the tests above rest on: a wrong key in serve.toml would show.
    with pytest.raises(ServeConfigError, match="uplod_mib"):
        changed(ServeConfig(), {"limits": {"uplod_mib": 1}})
