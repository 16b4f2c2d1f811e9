"""Is a failure that the log of a client and the log of the KDC tell of one finding, with both as
evidence?

Neither clock names its zone, and a wrong clock may be the failure itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import DOMAIN, REALM, changed, healthy, report

STAMP = "Nov 30 22:30:04"
LOGIN = f"for krbtgt/{REALM}@{REALM}, "
NO_KEY = "authtime 0, etypes {rep=UNSUPPORTED:(0)} "
HIVE = f"hive/master-9-9.{DOMAIN}@{REALM}"


def _at_kdc(words: str, exchange: str = "AS_REQ", stamp: str = STAMP) -> str:
    return f"{stamp} master-1-1 krb5kdc[12](info): {exchange} (2 etypes {{18 17}}) 192.168.10.7: {words}\n"


def _at_client(words: str, stamp: str = "2026-11-30 22:30:05", whose: str = "") -> str:
    of = f"Login failure for {whose} from keytab /a.keytab" if whose else "login failed"
    return (
        f"{stamp},123 ERROR [main] security.UserGroupInformation: {of}: "
        f"javax.security.auth.login.LoginException: {words}\n"
    )


SKEW = f"PREAUTH_FAILED: hive@{REALM} {LOGIN}Clock skew too great"
WRONG_KEY = f"PREAUTH_FAILED: hive@{REALM} {LOGIN}Preauthentication failed"
UNKNOWN = f"CLIENT_NOT_FOUND: hive@{REALM} {LOGIN}Client not found in Kerberos database"
NO_TYPE = f"BAD_ENCRYPTION_TYPE: authtime 0,  hive@{REALM} {LOGIN}KDC has no support for encryption type"
NO_SERVICE = f"LOOKING_UP_SERVER: {NO_KEY}hive@{REALM} for {HIVE}, Server not found in Kerberos database"

JAVA_SKEW = "Clock skew too great (37) - PREAUTH_FAILED"
JAVA_WRONG_KEY = "Pre-authentication information was invalid (24) - PREAUTH_FAILED"
JAVA_UNKNOWN = "Client not found in Kerberos database (6) - CLIENT_NOT_FOUND"
JAVA_NO_TYPE = "KDC has no support for encryption type (14) - BAD_ENCRYPTION_TYPE"


def _of(folder: Path, client: str, kdc: str) -> Any:
    return report(folder, changed(healthy(kerberos=True), {"task.log": client, "krb5kdc.log": kdc}))


def _places(finding: Any) -> list[str]:
    return [each["ref"] for each in finding["evidence"]]


@pytest.mark.parametrize(
    ("client", "kdc", "code"),
    [
        (JAVA_SKEW, SKEW, "KRB-SKEW"),
        (JAVA_WRONG_KEY, WRONG_KEY, "KRB-KEYTAB-STALE"),
        (JAVA_NO_TYPE, NO_TYPE, "KRB-ETYPE-KDC"),
    ],
)
@pytest.mark.parametrize("stamp", ["2026-11-30 22:30:05", "2026-11-30 14:30:05", "2026-12-01 06:20:05"])
def test_one_refusal_in_two_logs_is_one_finding_and_surer(
    tmp_path: Path, client: str, kdc: str, code: str, stamp: str
) -> None:
    result = _of(tmp_path, _at_client(client, stamp), _at_kdc(kdc))

    (finding,) = result["findings"]
    assert (finding["code"], finding["severity"], finding["confidence"]) == ("INPUT-LOG", "warning", "strong")
    assert (finding["params"]["candidates"], _places(finding)) == ([code], ["task.log:1", "krb5kdc.log:1"])
    assert result["exit_code"] == 0


def test_the_log_of_the_kdc_names_the_service_that_the_client_asked_for(tmp_path: Path) -> None:
    client = "2026-11-30 22:30:05,123 ERROR ipc.Client: GSSException: No valid credentials provided (Mechanism level: "
    client += "Server not found in Kerberos database (7) - LOOKING_UP_SERVER)\n"
    (finding,) = _of(tmp_path, client, _at_kdc(NO_SERVICE, "TGS_REQ"))["findings"]

    assert _places(finding) == ["task.log:1", "krb5kdc.log:1"]
    assert (finding["params"]["service"], finding["params"]["candidates"][0]) == (HIVE, "KRB-SVC-MISSING")
    assert HIVE in str(finding["remedies"])


@pytest.mark.parametrize(
    ("client", "kdc"),
    [
        (_at_client(JAVA_SKEW), _at_kdc(UNKNOWN)),
        (_at_client(JAVA_UNKNOWN, whose=f"spark@{REALM}"), _at_kdc(UNKNOWN)),
        (_at_client("Receive timed out"), _at_kdc(WRONG_KEY)),
    ],
    ids=["another error", "another principal", "a KDC that was not reached"],
)
def test_two_failures_stay_two(tmp_path: Path, client: str, kdc: str) -> None:
    found = _of(tmp_path, client, kdc)["findings"]

    assert [_places(each) for each in found] == [["task.log:1"], ["krb5kdc.log:1"]]
    assert {each["confidence"] for each in found} == {"inferred"}


def test_the_same_words_of_another_week_are_no_second_witness(tmp_path: Path) -> None:
    found = _of(tmp_path, _at_client(JAVA_WRONG_KEY), _at_kdc(WRONG_KEY, stamp="Nov 20 22:30:04"))["findings"]

    assert {each["confidence"] for each in found} == {"inferred"}
    assert all(len(each["evidence"]) == 1 for each in found)


def test_a_client_without_a_name_may_be_either_of_two_that_the_kdc_refused(tmp_path: Path) -> None:
    kdc = _at_kdc(WRONG_KEY) + _at_kdc(WRONG_KEY.replace("hive@", "spark@"))
    found = _of(tmp_path, _at_client(JAVA_WRONG_KEY), kdc)["findings"]

    assert {each["confidence"] for each in found} == {"inferred"}
