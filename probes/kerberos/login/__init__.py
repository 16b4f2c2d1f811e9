"""Does a login with this keytab work, and can it reach these services? If not: at which step, and for which of a closed set of causes?

| module | question |
|---|---|
| `offline` | what does the keytab alone tell, before anything is sent? |
| `login` | one AS exchange and one TGS exchange for each service: what came of each? |
| `outcome` | which causes are there, and which error of a KDC is which? |
| `reply` | what does a ticket reply say on its outside, and inside once decrypted? |
| `wire` | which transport carried a request, and what came of those that did not? |
| `crypto` | the only place where a key is used and scapy is loaded |

What is imported here is the interface. The user gave the keytab; its keys, and all that is encrypted with them, go to the KDC named by the caller and nowhere else.
"""

from probes.kerberos.login.login import login
from probes.kerberos.login.offline import Offline, offline
from probes.kerberos.login.outcome import Cause, Login, Stage, Step

__all__ = ["Cause", "Login", "Offline", "Stage", "Step", "login", "offline"]
