"""What does the answer say where two or three inputs meet: a fault beside what only looks like one?

Situations of public reports and of vendors' pages, rebuilt with hosts and addresses of ours. Each
is unlike those of the other modules: the fault and its decoy stand in different inputs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import (
    MASTER,
    PORTS,
    SECOND,
    Change,
    changed,
    check,
    group_of_nodes,
    healthy,
    report,
    rule,
)

ALL = [rule("TCP", port) for port in PORTS] + [rule("UDP", 88)]
KRB5 = str(healthy(kerberos=True)["krb5.conf"])
AT = "2026-11-20 13:00:37,001"


def _without(*gone: tuple[str, int]) -> list[Any]:
    """Return the rules of a healthy cluster without those for these ports."""
    return [each for each in ALL if (each["IpProtocol"], int(each["PortRange"].split("/")[0])) not in gone]


def _kerberos(change: Change, *, ha: bool = False) -> Any:
    return changed(healthy(kerberos=True, ha=ha), change)


def _codes(result: Any) -> list[str]:
    return [each["code"] for each in result["findings"]]


def _log_finding(result: Any) -> Any:
    (found,) = [each for each in result["findings"] if each["code"] == "INPUT-LOG"]
    return found


def _timeout(client: str) -> str:
    remote = f"{MASTER}/192.168.20.11:8032"
    return (
        f"{AT} WARN ipc.Client: org.apache.hadoop.net.ConnectTimeoutException: Call From host/{client} to "
        f"{MASTER}:8032 failed on socket timeout exception: 20000 millis timeout while waiting for channel to be ready "
        f"for connect. ch : java.nio.channels.SocketChannel[connection-pending remote={remote}]\n"
    )


@pytest.mark.parametrize(("client", "is_outside"), [("10.8.0.5", True), ("192.168.10.5", False), ("127.0.1.1", False)])
def test_rules_for_the_resource_group_say_nothing_of_a_log_of_another_host(
    tmp_path: Path, client: str, is_outside: bool
) -> None:
    # Given rules that let the resource group through, and a log that names the client's own address
    result = report(tmp_path, {**healthy(), "client.log": _timeout(client)})

    found = _log_finding(result)
    assert ("SG-SVC" in found["params"]["candidates"]) == is_outside
    assert (f"from {client}, which is no address of the resource group" in found["cause"]) == is_outside


def _asked(kdc: str) -> str:
    return (
        f">>> KDCCommunication: kdc={kdc} UDP:88, timeout=30000,Attempt =3, #bytes=171\n"
        f"{AT} ERROR login\njavax.security.auth.login.LoginException: Receive timed out\n"
    )


@pytest.mark.parametrize(
    ("kdc", "is_other"), [("old-kdc.corp.example", True), (MASTER, False), ("master-1-1", False), ("KDC", False)]
)
def test_a_kdc_that_no_line_names_is_of_another_krb5_conf(tmp_path: Path, kdc: str, is_other: bool) -> None:
    # https://github.com/adoptium/aqa-tests/issues/5929, the words
    stanza = f"{KRB5}[realms]\n  OTHER.EXAMPLE = {{\n    kdc = kdc.other.example\n  }}\n"
    change = (
        {"client.log": _asked(kdc)}
        if kdc != "KDC"
        else {"client.log": _asked("kdc.other.example"), "krb5.conf": stanza}
    )

    found = _log_finding(report(tmp_path, _kerberos(change)))

    assert (found["params"]["candidates"][0] == "KRB-CONF-NOT-READ") == is_other
    assert ("which no kdc line of krb5.conf names" in found["cause"]) == is_other


SKEW = f"{AT} WARN ipc.Client: GSS initiate failed\nCaused by: KrbException: Clock skew too great (37) - PROCESS_TGS\n"


def test_what_a_log_shows_beside_a_missing_rule_is_on_the_first_screen(tmp_path: Path) -> None:
    # https://github.com/datavane/tis/issues/127, and a rule that is missing as well
    files = _kerberos({**group_of_nodes(_without(("TCP", 10020))), "client.log": SKEW})

    _, page = check(tmp_path, files)

    assert "1 SG-SVC" in page
    assert "“Clock skew too great (37)”" in page


@pytest.mark.parametrize(
    ("change", "repair"),
    [
        (
            {
                "krb5.conf": KRB5.replace("[libdefaults]\n", "[libdefaults]\n  kdc_timeout = 3\n"),
                "client.log": f"{AT} ERROR login\njavax.security.auth.login.LoginException: Receive timed out\n",
            },
            "kdc_timeout = 3s",
        ),
        # https://github.com/Stratio/sparta/issues/1386
        (
            {
                "core-site.xml": {"fs.defaultFS": f"hdfs://{SECOND}:8020"},
                "client.log": f"{AT} org.apache.hadoop.ipc.RemoteException(org.apache.hadoop.ipc.StandbyException): "
                "Operation category READ is not supported in state standby\n",
            },
            "write hdfs://etl-ha",
        ),
    ],
)
def test_a_warning_that_a_log_agrees_with_has_its_repair_on_the_first_screen(
    tmp_path: Path, change: Change, repair: str
) -> None:
    code, page = check(tmp_path, _kerberos(change, ha=True))

    assert repair in " ".join(page.split())
    assert "The log fits" in page
    assert code == 0
