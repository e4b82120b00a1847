"""Config files: what they allow, and that they keep secrets out."""

import pytest

from pleura.pacs import PacsError, StudyQuery, read_config
from pleura.pacs.config import secret

WEB = 'format = "pleura.pacs/1"\nread = "dicomweb"\nwrite = "dicomweb"\n[dicomweb]\nurl = "{url}"\n{more}\n'
_ENTITY = '[dimse]\nhost = "localhost"\nport = 104\ncalled = "A"\n{more}\n'
DIMSE = 'format = "pleura.pacs/1"\nread = "{read}"\nwrite = "dimse"\n' + _ENTITY


def problem(tmp_path, text):
    path = tmp_path / "pacs.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(PacsError) as caught:
        read_config(path)
    assert caught.value.code == "pacs_config"
    return str(caught.value)


def test_what_is_not_named_has_a_sound_value(tmp_path):
    path = tmp_path / "pacs.toml"
    path.write_text(WEB.format(url="https://pacs.example/dicom-web/", more=""), "utf-8")
    config = read_config(path)
    assert config.dicomweb.url == "https://pacs.example/dicom-web"
    assert config.dicomweb.tls.verify
    assert config.result.formats == ("seg", "sr")
    assert config.result.gate
    assert config.films == ("CR", "DX")


def test_paths_are_relative_to_the_config_file(tmp_path):
    (tmp_path / "ca.pem").write_text("x")
    path = tmp_path / "pacs.toml"
    more = '[dicomweb.tls]\nca_file = "ca.pem"\n[result]\nmodel = "m.onnx"'
    path.write_text(WEB.format(url="https://p/w", more=more), "utf-8")
    config = read_config(path)
    assert config.dicomweb.tls.ca_file == tmp_path / "ca.pem"
    assert config.result.model == tmp_path / "m.onnx"


@pytest.mark.parametrize(
    ("url", "more", "said"),
    [
        ("https://p/w", 'password = "hunter2"', "dicomweb.password"),
        ("https://me:hunter2@p/w", "", "no credentials in the address"),
        ("http://pacs.example/w", 'user_env = "U"\npassword_env = "P"', "use https"),
        ("http://pacs.example/w", 'token_env = "T"\nclear = true', "credentials would cross"),
        ("http://pacs.example/w", "", "say clear = true"),
        ("https://p/w", 'user_env = "U"', "go together"),
        ("https://p/w", 'user_env = "U"\npassword_env = "P"\ntoken_env = "T"', "either token_env"),
        ("ftp://p/w", "", "dicomweb.url"),
        ("https://p/w", '[dicomweb.tls]\nca_file = "none.pem"', "ca_file is no file"),
        ("https://p/w", '[dicomweb.tls]\nclient_cert = "a.pem"', "go together"),
        ("https://p/w", '[result]\nformats = ["mask"]', "choose from"),
        ("https://p/w", "[retry]\nattempts = 0", "retry.attempts"),
        ("https://p/w", "[timeouts]\nanswer_s = inf", "timeouts.answer_s"),
        ("https://p/w", "= hunter2", "no TOML"),
    ],
)
def test_what_makes_no_sense_is_refused_without_repeating_a_value(url, more, said, tmp_path):
    told = problem(tmp_path, WEB.format(url=url, more=more))
    assert said in told
    assert "hunter2" not in told


@pytest.mark.parametrize(
    ("read", "more", "said"),
    [
        ("dicomweb", "", "no table [dicomweb]"),
        ("dimse", "", "listen_port"),
        ("dimse", "listen_port = 11112\n[dimse.tls]", "client_cert"),
        ("dimse", 'listen_port = 11112\ncalling = "SEVENTEEN LETTERS"', "dimse.calling"),
        ("dimse", "listen_port = 70000", "dimse.listen_port"),
    ],
)
def test_a_protocol_has_what_it_needs(read, more, said, tmp_path):
    assert said in problem(tmp_path, DIMSE.format(read=read, more=more))


def test_films_cross_the_network_in_clear_only_where_the_file_says_so(tmp_path):
    text = DIMSE.format(read="dimse", more="listen_port = 11112").replace("localhost", "pacs.example")
    assert "say clear = true" in problem(tmp_path, text)
    path = tmp_path / "pacs.toml"
    path.write_text(f"{text}clear = true\n", "utf-8")
    assert read_config(path).dimse.tls is None
    path.write_text(WEB.format(url="http://pacs.example/w", more="clear = true"), "utf-8")
    assert read_config(path).dicomweb.url == "http://pacs.example/w"


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(PacsError, match="Check the path"):
        read_config(tmp_path / "none.toml")


def test_a_credential_comes_from_the_environment_or_is_missed_by_name(monkeypatch):
    monkeypatch.setenv("PLEURA_TEST_TOKEN", "t")
    assert secret("PLEURA_TEST_TOKEN") == "t"
    monkeypatch.delenv("PLEURA_TEST_TOKEN")
    with pytest.raises(PacsError, match=r"\$PLEURA_TEST_TOKEN"):
        secret("PLEURA_TEST_TOKEN")


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"uid": "1.2x"},
        {"uid": "1.2*"},
        {"date": "2020-01-01"},
        {"date": "20200101-"},
        {"accession": "A*"},
        {"accession": "山"},
    ],
)
def test_a_query_names_studies_in_the_right_form(wrong):
    with pytest.raises(PacsError) as caught:
        StudyQuery(**wrong)
    assert caught.value.code == "pacs_query"
    assert "A*" not in str(caught.value)


@pytest.mark.parametrize(
    ("asked", "told", "same"),
    [
        ({"accession": "A1"}, {"AccessionNumber": "A1 "}, True),
        ({"accession": "A1"}, {"AccessionNumber": "a1"}, False),
        ({"accession": "A1"}, {"AccessionNumber": "A12"}, False),
        ({"accession": "A1"}, {}, False),
        ({"uid": "1.2"}, {"StudyInstanceUID": "1.2.3"}, False),
        ({"date": "20200101-20200131"}, {"StudyDate": "2020.01.31"}, True),
        ({"date": "20200101"}, {"StudyDate": "20200102"}, False),
    ],
)
def test_an_answer_that_was_not_asked_for_is_none(asked, told, same):
    assert StudyQuery(**asked).matches(told) is same
