"""What do real hosts and KDCs write?

Texts of the lab, with the addresses of the tests' cluster.

MIT 1.20, Heimdal 7.8, iproute2 6.1, net-tools 2.10, iptables 1.8.9, nftables 1.0.6.
"""

from __future__ import annotations

CLIENT = "192.168.10.7"
REALM = "EMR.C-0A1B2C3D4E5F6071.COM"
ETYPES = "(5 etypes {aes256-cts-hmac-sha1-96(18), aes128-cts-hmac-sha1-96(17), DEPRECATED:arcfour-hmac(23)})"


def mit(second: int, message: str, host: str = "iZbp1vm") -> str:
    return f"Nov 23 23:41:{second:02} {host} krb5kdc[11078](info): {message}\n"


def question(second: int, address: str = CLIENT, realm: str = REALM, host: str = "iZbp1vm") -> str:
    """Return the log line of MIT for a check's own question."""
    request = f"AS_REQ {ETYPES} {address}: CLIENT LOCKED OUT: K/M@{realm} for krbtgt/{realm}@{realm}"
    return mit(second, f"{request}, Client's credentials have been revoked", host)


def repeated(second: int, address: str = CLIENT) -> str:
    return mit(second, f"DISPATCH: repeated (retransmitted?) request from {address}, resending previous response")


def login(second: int, address: str = CLIENT) -> str:
    """Return the log lines of an ordinary login."""
    names = f"alice@{REALM} for krbtgt/{REALM}@{REALM}"
    needed = f"AS_REQ {ETYPES} {address}: NEEDED_PREAUTH: {names}, Additional pre-authentication required"
    aes = "aes256-cts-hmac-sha1-96(18)"
    issue = (
        f"AS_REQ {ETYPES} {address}: ISSUE: authtime 1795477263, etypes {{rep={aes}, tkt={aes}, ses={aes}}}, {names}"
    )
    return mit(second, needed) + mit(second, issue)


STARTED = (
    mit(1, "setting up network...")
    + mit(1, "set up 2 sockets")
    + mit(1, "commencing operation")
    + mit(1, "closing down fd 10")
)
LOST_ANSWERS = STARTED + login(2, "192.168.20.21") + question(3) + repeated(4) + question(4) + repeated(5)
"""Datagrams arrive, and their sender asks again. The handshake over TCP fails."""

NO_DATAGRAM = STARTED + question(3) + mit(3, "closing down fd 10")
"""The question over TCP, and no datagram."""

HEIMDAL = f"""\
2026-11-23T23:41:03 listening on IPv4:192.168.20.11 port 88/udp
2026-11-23T23:41:03 listening on IPv4:127.0.0.1 port 88/tcp
2026-11-23T23:41:03 KDC started master process pid=11136
2026-11-23T23:41:03 AS-REQ K/M@{REALM} from IPv4:{CLIENT} for krbtgt/{REALM}@{REALM}
2026-11-23T23:41:03 UNKNOWN -- K/M@{REALM}: no such entry found in hdb
2026-11-23T23:41:03 sending 175 bytes to IPv4:{CLIENT}
2026-11-23T23:41:04 TGS-REQ hive/master-1-1@{REALM} from IPv6:fd00::7 for hive/master-1-1@{REALM} [canonicalize]
2026-11-23T23:41:04 Failed processing 4 byte request from IPv4:{CLIENT}
"""

SS_TAN = """\
State    Recv-Q Send-Q Local Address:Port   Peer Address:Port Process
LISTEN   0      128        127.0.0.1:88          0.0.0.0:*
LISTEN   1      128          0.0.0.0:8020        0.0.0.0:*
LISTEN   0      128    127.0.0.53%lo:53          0.0.0.0:*
ESTAB    0      0      192.168.20.11:8020  192.168.20.21:59406
SYN-RECV 0      0      192.168.20.11:8020   192.168.10.7:40112
LISTEN   0      128                *:9083              *:*
"""
SS_TUNLP = """\
Netid State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess
udp   UNCONN 0      0      192.168.20.11:88        0.0.0.0:*    users:(("krb5kdc",pid=10911,fd=6))
tcp   LISTEN 0      128        127.0.0.1:88        0.0.0.0:*    users:(("krb5kdc",pid=10911,fd=5))
tcp   LISTEN 0      128             [::]:10000        [::]:*    users:(("java",pid=10,fd=4))
"""
NETSTAT = """\
Active Internet connections (servers and established)
Proto Recv-Q Send-Q Local Address           Foreign Address         State
tcp        0      0 127.0.0.1:88            0.0.0.0:*               LISTEN
tcp        0      0 192.168.20.11:8020      192.168.10.7:40112      SYN_RECV
tcp6       0      0 :::9083                 :::*                    LISTEN
udp        0      0 192.168.20.11:88        0.0.0.0:*
Active UNIX domain sockets (servers and established)
unix  2      [ ACC ]     STREAM     LISTENING     20161    /run/dbus/system_bus_socket
"""

IPTABLES = """\
-P INPUT ACCEPT
-P FORWARD ACCEPT
-P OUTPUT ACCEPT
-N SVC
-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT
-A INPUT -i lo -j ACCEPT
-A INPUT -j SVC
-A INPUT -p udp -m udp --dport 88 -j DROP
-A INPUT ! -s 10.0.0.0/8 -p tcp -m tcp --dport 88 -m comment --comment "no kerberos -j ACCEPT" \
-j REJECT --reject-with tcp-reset
-A INPUT -j REJECT --reject-with icmp-host-prohibited
-A SVC -s 192.168.10.0/24 -p tcp -m multiport --dports 8020,9083:9090 -j ACCEPT
-A SVC -j RETURN
"""
LISTING = """\
Chain INPUT (policy ACCEPT 0 packets, 0 bytes)
 pkts bytes target     prot opt in     out     source               destination
    9   900 ACCEPT     0    --  *      *       0.0.0.0/0            0.0.0.0/0            state RELATED,ESTABLISHED
    0     0 ACCEPT     0    --  lo     *       0.0.0.0/0            0.0.0.0/0
    0     0 SVC        0    --  *      *       0.0.0.0/0            0.0.0.0/0
  12K  900K DROP       17   --  *      *       0.0.0.0/0            0.0.0.0/0            udp dpt:88
    0     0 REJECT     6    --  *      *      !10.0.0.0/8           0.0.0.0/0            tcp dpt:88 \
/* no kerberos -j ACCEPT */ reject-with tcp-reset
    0     0 REJECT     0    --  *      *       0.0.0.0/0            0.0.0.0/0            \
reject-with icmp-host-prohibited

Chain SVC (1 references)
 pkts bytes target     prot opt in     out     source               destination
    0     0 ACCEPT     6    --  *      *       192.168.10.0/24      0.0.0.0/0            multiport dports 8020,9083:9090
    0     0 RETURN     0    --  *      *       0.0.0.0/0            0.0.0.0/0
"""
NFT = """\
table inet filter {
	set kdc {
		type ipv4_addr
		flags interval
		elements = { 10.0.0.1, 192.168.10.0/25 }
	}

	chain input { # handle 1
		type filter hook input priority filter; policy drop;
		ct state vmap { invalid : drop, established : accept, related : accept } # handle 5
		iif "lo" accept
		tcp dport { 22, 8020-8030 } accept comment "svc"
		ip saddr @kdc udp dport 88 counter packets 3 bytes 400 drop
		meta l4proto { tcp, udp } th dport 88 reject with icmpx admin-prohibited
		tcp dport 9000 reject with tcp reset
		jump extra
		reject with icmp host-prohibited
	}

	chain extra {
		udp dport 53 accept
	}
}
"""
