"""Is the diagnosis of the redacted case the redacted diagnosis of the case?

`tests/incidents/conftest.py` asks the same of the incidents.
"""

from __future__ import annotations

import pytest

from tests.support import incident_cases
from tests.support.host_records import IPTABLES, LISTING, LOST_ANSWERS, NETSTAT, NFT, SS_TAN, SS_TUNLP
from tests.support.log_samples import LOGS
from tests.support.places import FIXTURES
from tests.support.redaction import Files, differences

FIXED: dict[str, Files] = {
    case.name: {path.name: path.read_bytes() for path in case.iterdir()}
    for case in sorted(FIXTURES.iterdir())
    if case.is_dir()
}
RECORDED: dict[str, Files] = {
    f"{name} of a node, {place}": {
        **incident_cases.contents(incident_cases.healthy(kerberos=True, ha=True)),
        f"{name}-master-1-1.txt": text.encode(),
        **{f"task{number}.log": log.encode() for number, log in enumerate(LOGS)},
        "krb5kdc.log": LOST_ANSWERS.encode(),
    }
    for place, (name, text) in enumerate(
        (
            *(("ss", SS_TAN), ("ss", SS_TUNLP), ("netstat", NETSTAT)),
            *(("iptables", IPTABLES), ("iptables", LISTING), ("nft", NFT)),
        )
    )
}
NOTES = (
    "The AccessKey is LTAI5tExampleExample1 and the secret is 8sXk2fQ9LmZ7vT4bR1yN6wC3hJ5pD0.\n"
    "password: Example123, the token is eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..abc123.def456.ghi789\n"
    "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: x\nPrivate-Lines: 1\nAAAA\nPrivate-MAC: 00\n"
    "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----\n"
)
WITH_KEYS: dict[str, Files] = {
    f"secrets before and after {place}": {
        **incident_cases.contents(incident_cases.healthy(kerberos=True, ha=True)),
        "task.log": f"{NOTES}{log}{NOTES}".encode(),
        "hosts": incident_cases.contents(incident_cases.healthy(kerberos=True, ha=True))["hosts"] + NOTES.encode(),
    }
    for place, log in enumerate(LOGS)
}
CASES = {**FIXED, **RECORDED, **WITH_KEYS}


@pytest.mark.parametrize("name", FIXED)
def test_a_case_without_secrets_has_the_same_diagnosis(name: str) -> None:
    assert differences(FIXED[name]) == []


@pytest.mark.parametrize("name", WITH_KEYS)
def test_a_case_without_its_secrets_has_the_diagnosis_of_the_case(name: str) -> None:
    assert differences(WITH_KEYS[name], incident_cases.BLOCK) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", CASES)
def test_a_case_with_other_names_has_the_diagnosis_with_these_names(name: str, seed: int) -> None:
    assert differences(CASES[name], None if name in FIXED else incident_cases.BLOCK, seed=seed) == []


@pytest.mark.parametrize(
    "word", ["accept", "ingress", "normal", "running", "direction", "property", "realms", "timeout", "true"]
)
def test_a_name_that_is_a_word_of_the_files_takes_nothing_of_their_meaning(word: str) -> None:
    """Given a host, realm, nameservice and cluster that are called as a word of the formats."""
    files = incident_cases.contents(incident_cases.healthy(kerberos=True, ha=True))
    names = {"master-1-1": word, incident_cases.REALM: f"{word}.ZZ".upper(), incident_cases.SERVICE: word}
    for before, after in names.items():
        files = {name: text.replace(before.encode(), after.encode()) for name, text in files.items()}
    files["case.toml"] = files["case.toml"].replace(b"[cluster]\n", f'[cluster]\nname = "{word}"\n'.encode())
    assert differences(files, incident_cases.BLOCK, seed=3) == []
