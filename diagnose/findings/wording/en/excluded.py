"""What rules out a look-alike? One clause a fact of `findings.excluded`."""

from __future__ import annotations

from collections.abc import Mapping

RULED_OUT: Mapping[str, str] = {
    "silence": "the short question was met by silence, not by an error",
    "refusal": "the connection was refused, and not met by silence",
    "connected": "the connection was made",
    "answer": "the service answers short questions",
    "no-bytes": "nothing at all was sent back",
    "other-bytes": "something was sent back, in another protocol",
    "target-rejects": "the target itself sent the error",
    "other-rejects": "a device on the way sent a prohibition, not a missing route",
    "answer-from-elsewhere": "an answer came, from another address",
    "no-listener": "the node's list of sockets has no listener on this port",
    "listener-elsewhere": "the node's list of sockets has a listener on another address",
    "all-layers-allow": "every configured layer lets the request and its answer pass",
    "other-transport": "the KDC answers over its other transport",
    "rules": "the rules of the group are known, and they deny it",
    "entries": "the entries of the network ACL are known, and they deny it",
    "group-allows": "the rules of the security groups allow it",
    "no-way": "the way itself is missing or a loop",
    "address": "the packets went to the address that the node has",
    "unknown-name": "a name server answered that the name does not exist",
    "silent-servers": "the name servers gave no answer",
    "has-a-domain": "the name has a domain, which no nameservice has",
    "a-node": "the node list has a node of this name",
    "lookup": "the name was looked up, in both directions if that matters",
    "own-name": "the name is that of this host itself",
    "answers-at-right-address": "the service answers at the right address",
    "answers-on-other-port": "the server answers on another port",
    "realm-answers": "another KDC of the realm answers",
    "other-protocol": "an answer came in another protocol",
    "kdc-said": "the KDC's own answer names the fault",
    "keytab": "the keytab itself shows it",
    "text": "the text of the file shows it",
}
