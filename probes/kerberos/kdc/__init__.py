"""What does a KDC tell about itself to someone who has no credential? One question a module; each says what it sends.

| module | question | sends |
|---|---|---|
| `alive` | does a KDC answer here at all? | 1 AS-REQ |
| `clock` | how far is its clock from ours? | a few AS-REQ over about a second |
| `realm` | does it serve this realm, and which one is its own? | 1 AS-REQ, and over TCP one impossible length |
| `implementation` | MIT, Heimdal or Active Directory? | as `realm` |
| `principal` | are this client and this service in its database, in which state, with keys of which enctypes? | 1 AS-REQ each |
| `cliff` | from which size on are UDP replies lost? | at most `cliff.MOST_DATAGRAMS` AS-REQ |
| `elsewhere` | do its UDP replies come from another address? | 1 AS-REQ |
| `admin` | do kpasswd and kadmin listen? | one impossible length; nothing |

No question here makes a KDC issue a ticket, counts as a failed login, or repeats bytes (a KDC repeats its old answer, old clock included, to old bytes). The one
exception, `principal.enctypes`, says so and needs the caller's word.
"""
