"""Does a service accept a login with a Kerberos ticket, and does it prove its own key?

| module | question |
|---|---|
| `outcome` | what can such a login result in? |
| `hadoop` | how is it made in Hadoop RPC? |
| `thrift` | how is it made at HiveServer2 and the metastore? |
| `web` | how is it made over HTTP (SPNEGO)? |

Each login ends where a client would send its first call. None is sent, so no service does anything.
"""

from probes.services.login.outcome import LoginResult, ServiceLogin

__all__ = ["LoginResult", "ServiceLogin"]
