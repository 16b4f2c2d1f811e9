"""Is the web configuration of Prometheus exporters read as they read it? Is the rest refused?"""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import bcrypt
import pytest

from diagnose.exporter.web_config import WebConfigError, read_web_config
from tests.support.certificates import a_file
from tests.support.places import PROJECT

HASH = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()
TLS = "tls_server_config:\n  cert_file: c.pem\n  key_file: c.pem\n"


def written(folder: Path, text: str) -> Path:
    a_file(folder / "c.pem", "127.0.0.1")
    path = folder / "web.yml"
    path.write_text(text, "utf-8")
    return path


def test_an_empty_file_is_plain_http_for_everybody(tmp_path: Path) -> None:
    read = read_web_config(written(tmp_path, "\n# nothing\n"))
    assert (read.context, read.users) == (None, {})


def test_files_of_tls_are_looked_up_beside_the_configuration(tmp_path: Path) -> None:
    text = f"{TLS}  client_ca_file: c.pem\n  client_auth_type: RequireAndVerifyClientCert\n  min_version: TLS13\n"
    context = read_web_config(written(tmp_path, text)).context
    assert context is not None
    assert (context.verify_mode, context.minimum_version) == (ssl.CERT_REQUIRED, ssl.TLSVersion.TLSv1_3)


def test_users_and_header_fields_are_read_and_no_hash_is_shown(tmp_path: Path) -> None:
    headers = "http_server_config:\n  http2: false\n  headers:\n    X-Frame-Options: deny\n"
    text = f"basic_auth_users:\n  alice: {HASH}\n{headers}"
    read = read_web_config(written(tmp_path, text))
    assert read.users == {"alice": HASH.encode()}
    assert read.headers == {"X-Frame-Options": "deny"}
    assert HASH not in repr(read)


@pytest.mark.parametrize("kind", ["2a", "2b", "2y"])
def test_every_letter_of_bcrypt_that_htpasswd_and_others_write_is_taken(tmp_path: Path, kind: str) -> None:
    same = HASH.replace("$2b$", f"${kind}$")
    assert read_web_config(written(tmp_path, f"basic_auth_users: {{a: {same}}}\n")).users


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tls_server_confg: {}\n", "tls_server_confg"),
        (f"{TLS}  cipher_suites: [TLS_AES_128_GCM_SHA256]\n", "cipher_suites"),
        ("tls_server_config: {cert_file: c.pem}\n", "key_file"),
        (f"{TLS}  client_auth_type: RequestClientCert\n", "RequestClientCert"),
        (f"{TLS}  client_auth_type: RequireAndVerifyClientCert\n", "client_ca_file"),
        (f"{TLS}  client_ca_file: c.pem\n", "client_ca_file"),
        (f"{TLS}  client_allowed_sans: [a]\n", "client_allowed_sans"),
        (f"{TLS}  min_version: TLS10\n", "TLS10"),
        (TLS.replace("cert_file: c.pem", "cert_file: absent.pem"), "PEM"),
        (TLS.replace("key_file: c.pem", "key_file: web.yml"), "PEM"),
        ("http_server_config:\n  headers: {Server: x}\n", "Server"),
        ('http_server_config:\n  headers: {X-Frame-Options: "a\\r\\nb"}\n', "X-Frame-Options"),
        ("- a\n", "object"),
        ("a: [\n", "YAML"),
        ("a: 1\na: 2\n", "YAML"),
        ("!!python/object/apply:os.system [id]\n", "YAML"),
        ("basic_auth_users: {alice: CANARYplain}\n", "alice"),
        ("basic_auth_users: {alice: $2y$31$" + "a" * 53 + "}\n", "alice"),
        ("basic_auth_users: {alice: $1$CANARY$" + "a" * 50 + "}\n", "alice"),
    ],
)
def test_what_cannot_be_obeyed_is_refused_and_no_secret_is_shown(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(WebConfigError) as raised:
        read_web_config(written(tmp_path, text))
    assert words in str(raised.value)
    assert "CANARY" not in str(raised.value)


SAMPLES = [
    ("", True),
    ("basic_auth_users:\n", True),
    ("tls_server_config: {}\nhttp_server_config: {headers: }\n", True),
    (TLS, True),
    (f"{TLS}  client_auth_type: NoClientCert\n", True),
    (f"{TLS}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: c.pem\n", True),
    (f"{TLS}  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: c.pem\n", True),
    (f"{TLS}  min_version: TLS12\n  max_version: TLS13\n", True),
    (f"basic_auth_users:\n  alice: {HASH}\n  bob: {HASH}\n", True),
    ("http_server_config:\n  http2: true\n  headers:\n    X-Content-Type-Options: nosniff\n", True),
    ("basic_auth_users:\n  alice: plain\n", False),
    ("http_server_config:\n  headers: {Server: x}\n", False),
    ("tls_server_confg: {}\n", False),
    ("tls_server_confg:\n", False),
    ("tls_server_config:\n  cert_file: c.pem\n", False),
    ("tls_server_config:\n  cert_file: absent.pem\n  key_file: c.pem\n", False),
    (f"{TLS}  client_ca_file: c.pem\n", False),
    (f"{TLS}  client_auth_type: Some\n", False),
    (f"{TLS}  min_version: TLS9\n", False),
]
"""Files, and whether they can be used."""


@pytest.mark.needs("promtool")
@pytest.mark.parametrize(("text", "usable"), SAMPLES)
def test_promtool_judges_a_file_as_we_do(tmp_path: Path, text: str, usable: bool) -> None:
    path = written(tmp_path, text)
    theirs = subprocess.run(["promtool", "check", "web-config", path], capture_output=True, timeout=60, check=False)
    try:
        read_web_config(path)
        ours = True
    except WebConfigError:
        ours = False
    assert (theirs.returncode == 0, ours) == (usable, usable), theirs.stderr


def test_the_example_lets_its_user_in(tmp_path: Path) -> None:
    pair = a_file(tmp_path / "server.pem", "127.0.0.1")
    (tmp_path / "server.key").write_bytes(pair.read_bytes())
    path = tmp_path / "web.yml"
    path.write_text((PROJECT / "examples/prometheus/web.yml").read_text("utf-8"))
    read = read_web_config(path)
    assert read.context is not None
    assert bcrypt.checkpw(b"change-me", read.users["prometheus"])


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WebConfigError, match="absent"):
        read_web_config(tmp_path / "absent.yml")
