"""Does a login with this keytab work, and does it reach these services? If not: at which step, and
for which of a closed set of causes?

| module | question |
|---|---|
| `offline` | what does the keytab alone show, before anything is sent? |
| `login` | what do one AS exchange, and one TGS exchange for each service, result in? |
| `outcome` | which causes are there, and which error of a KDC is which? |
| `reply` | what does a ticket reply contain on its outside, and inside once decrypted? |
| `context` | how do a client and a service prove themselves with a ticket? |
| `sasl` | how does a client log in with SASL, message by message? |
| `wire` | which transport carried a request, and how did the others fail? |
| `crypto` | the only place that uses a key and loads scapy |

The names imported here are the interface. The user gave the keytab.
Its keys, and everything encrypted with them, go only to the KDC that the caller names.
"""

from probes.kerberos.login.login import login
from probes.kerberos.login.offline import Offline, offline
from probes.kerberos.login.outcome import Cause, Login, Stage, Step

__all__ = ["Cause", "Login", "Offline", "Stage", "Step", "login", "offline"]
