"""docs/pacs.md says what is so."""

import re
from pathlib import Path

from pleura.pacs import read_config

TEXT = (Path(__file__).parents[2] / "docs" / "pacs.md").read_text("utf-8")


def test_the_config_file_of_the_docs_is_read(tmp_path):
    (block,) = re.findall(r"```toml\n(.*?)```", TEXT, flags=re.DOTALL)
    for name in ("hospital-ca.pem", "pleura.pem", "pleura.key"):
        (tmp_path / name).write_text("x")
    (tmp_path / "pacs.toml").write_text(block, "utf-8")
    config = read_config(tmp_path / "pacs.toml")
    assert config.dimse.tls.client_cert == tmp_path / "pleura.pem"
    # What the docs show as a default is one.
    assert config.retry == type(config.retry)()
    assert config.timeouts == type(config.timeouts)()
    assert config.result == type(config.result)()
    assert config.films == ("CR", "DX")


def test_every_error_code_is_explained():
    source = Path(__file__).parents[2] / "src" / "pleura" / "pacs"
    raised = {
        code for path in source.glob("*.py") for code in re.findall(r'"(pacs_[a-z]+)"', path.read_text("utf-8"))
    }
    assert raised == set(re.findall(r"^\| `(pacs_[a-z]+)` \|", TEXT, flags=re.MULTILINE))
