"""Which key management servers does a client dial?

With Kerberos every job start asks the KMS for a delegation token, if a provider is configured.
Source: KMSClientProvider.Factory, Hadoop 3.3.6: kms://https@host1;host2:9600/kms.
"""

from __future__ import annotations

from diagnose.flows import client_files
from diagnose.flows.authority import split_authority
from diagnose.flows.client_files import JOB_CLIENT
from diagnose.flows.cluster import View
from diagnose.flows.components import component
from diagnose.flows.endpoints import Found, dialled
from diagnose.flows.kerberos import uses_kerberos
from diagnose.flows.model import Need, Read

KEYS = ("hadoop.security.key.provider.path", "dfs.encryption.key.provider.uri")


def flows(view: View) -> Found:
    """Yield every KMS of both keys. It is required with Kerberos, else only for encrypted zones."""
    service = component("kms")
    need: Need = "required" if uses_kerberos(view) else "optional"
    for key in KEYS:
        read = client_files.read(view.effective(JOB_CLIENT), key)
        scheme, separator, rest = (read.value if read is not None else "").partition("://")
        if read is None or not separator or scheme.lower() != "kms":
            continue
        protocol, _, hosts = rest.partition("/")[0].rpartition("@")
        default = 443 if protocol.lower() == "https" else 80
        port = split_authority(hosts.rpartition(";")[2]).port
        for host in hosts.split(";"):
            name = split_authority(host).host
            address = Read(f"{name}:{port}" if port else name, read.origin)
            yield from dialled(view, service, address, default=default, need=need)
