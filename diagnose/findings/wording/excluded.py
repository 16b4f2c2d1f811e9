"""What rules out a look-alike? One clause a fact of `findings.excluded`."""

from __future__ import annotations

from collections.abc import Mapping

from probes.language import marked

RULED_OUT: Mapping[str, str] = {
    "silence": marked("the short question was met by silence, not by an error"),
    "refusal": marked("the connection was refused, and not met by silence"),
    "connected": marked("the connection was made"),
    "answer": marked("the service answers short questions"),
    "no-bytes": marked("nothing at all was sent back"),
    "other-bytes": marked("something was sent back, in another protocol"),
    "target-rejects": marked("the target itself sent the error"),
    "other-rejects": marked("a device on the way sent a prohibition, not a missing route"),
    "answer-from-elsewhere": marked("an answer came, from another address"),
    "no-listener": marked("the node's list of sockets has no listener on this port"),
    "listener-elsewhere": marked("the node's list of sockets has a listener on another address"),
    "all-layers-allow": marked("every configured layer lets the request and its answer pass"),
    "other-transport": marked("the KDC answers over its other transport"),
    "rules": marked("the rules of the group are known, and they deny it"),
    "entries": marked("the entries of the network ACL are known, and they deny it"),
    "group-allows": marked("the rules of the security groups allow it"),
    "no-way": marked("the way itself is missing or a loop"),
    "host-route": marked("the node has a route, and it leads elsewhere"),
    "no-host-route": marked("the node has no route that sends it"),
    "address": marked("the packets went to the address that the node has"),
    "unknown-name": marked("a name server answered that the name does not exist"),
    "silent-servers": marked("the name servers gave no answer"),
    "has-a-domain": marked("the name has a domain, which no nameservice has"),
    "a-node": marked("the node list has a node of this name"),
    "lookup": marked("the name was looked up, in both directions if that matters"),
    "own-name": marked("the name is that of this host itself"),
    "answers-at-right-address": marked("the service answers at the right address"),
    "answers-on-other-port": marked("the server answers on another port"),
    "realm-answers": marked("another KDC of the realm answers"),
    "other-protocol": marked("an answer came in another protocol"),
    "kdc-said": marked("the KDC's own answer names the fault"),
    "keytab": marked("the keytab itself shows it"),
    "text": marked("the text of the file shows it"),
}
