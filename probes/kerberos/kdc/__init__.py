"""What does a KDC reveal about itself to a client without a credential? Each module asks one
question.

| module | question | sends |
|---|---|---|
| `clock` | how far is its clock from ours? | a few AS-REQ over about a second |
| `realm` | does it serve this realm, and which is its own? | 1 AS-REQ; over TCP one bad length |
| `implementation` | MIT, Heimdal or Active Directory? | as `realm` |
| `principal` | are this client and service known, in which state? | 1 AS-REQ each |
| `udp_reply_size` | from which size on are UDP replies lost? | at most `MOST_DATAGRAMS` AS-REQ |

No question makes a KDC issue a ticket or counts as a failed login. No question repeats bytes: a KDC
answers repeated bytes with its stored answer, old clock included. The one exception,
`principal.enctypes`, documents this and needs the caller's consent.
"""
