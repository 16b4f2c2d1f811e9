"""What is wrong with the login at a Hadoop or Hive service?

One function a code.
"""

from __future__ import annotations

from diagnose.findings.values import Statement
from diagnose.findings.wording.en import logs
from diagnose.findings.wording.en.phrases import AFTERWARDS, UPLOAD, listed, place, services
from diagnose.findings.wording.words import Words

HIVESERVER2 = "HiveServer2"


def principal(s: Statement) -> Words:
    """KRB-SVC-PATTERN: a principal that the client refuses, or not the server's, or by a log."""
    if s.cause == "log-named":
        return logs.named(s)
    if s.cause == "other-login":
        right = s.text("right") or "the principal of the server"
        return Words(
            f"{listed(s.texts('services'))} runs as another principal than the files name",
            f"{place(s)} sets {s.text('key')} to {s.text('value')}. {listed(s.texts('ends'))} answers that it runs as "
            f"{listed(s.texts('runs_as'))}.",
            "Hadoop says “Server has invalid Kerberos principal”. Often the files are those of another cluster.",
            (f"If this is the right server, in {place(s)} set {s.text('key')} to {right}. {UPLOAD}",),
        )
    why = {
        "no-host": "It has no host part, and a client refuses it before it asks for a ticket",
        "case": "Only the exact word _HOST is replaced by the name of the host, so a client asks for this very word",
        "no-realm": "Without a realm _HOST is not replaced, so it equals no principal of a server",
        "blanks": "The value has blanks or line ends, and a client takes them as part of the name",
        "odd-host": "Its middle part is neither _HOST nor a host name",
        "other-host": "It names one host, and clients use it for another one as well",
        "spelling": "A server usually has its full name in lower case, and a client compares letter by letter",
        "variable": "No file sets this variable, and without a value a client takes the text as it is",
    }[s.text("fault")]
    title = {
        "other-host": f"{s.text('key')} names one host for every server",
        "spelling": f"{s.text('key')} spells the host in another way than servers do",
        "variable": f"{s.text('key')} has a variable that no file sets",
    }
    return Words(
        title.get(s.text("fault"), f"{s.text('key')} is no principal that a client accepts"),
        f"{place(s)} sets {s.text('key')} to {s.text('value')}. {why}.",
        "Hadoop says that it does “NOT have the expected hostname part”, or “Server has invalid Kerberos principal”.",
        (f"In {place(s)} set {s.text('key')} to {s.text('right')}. {UPLOAD}",),
    )


def name_rules(s: Statement) -> Words:
    """KRB-A2L: by the rules of core-site.xml, or by a log."""
    if s.cause == "log-named":
        return logs.named(s)
    key, right, value = s.text("key"), s.text("right").replace("\n", " "), s.text("value").replace("\n", " ")
    repair = f"In {place(s)} set {key} to: {right}. {UPLOAD}"
    if s.text("rest"):
        return Words(
            f"{key} has a rule that Hadoop does not read",
            f"{place(s)} sets {key}. Hadoop stops at “{s.text('rest')}”, so no client starts.",
            "It says IllegalArgumentException: Invalid rule. What the rule was meant to say has to be added again.",
            (repair,),
        )
    who = f"{place(s.row('login'))} names {s.text('principal')}" if s.text("login") else s.text("principal")
    rules = f"{value} ({place(s)})" if s.row("origin").number("line") is not None else "Hadoop's own rule DEFAULT"
    why = (
        f"No rule of {rules} fits it"
        if s.text("kind") == "no-rule"
        else f"A rule of {rules} leaves a / or @ in the name, which Hadoop refuses"
    )
    realm = f"DEFAULT fits the realm {s.text('default')} alone." if s.text("default") else ""
    return Words(
        f"Hadoop has no user name for {s.text('principal')}",
        f"Clients log in as {who}. {why}.",
        f"Hadoop says “Illegal principal name” and “No rules applied to” or “Non-simple name”. {realm}".rstrip(),
        (repair,),
    )


def renewer(s: Statement) -> Words:
    """KRB-RENEWER: a pattern stands in place of the principal, or a log says so."""
    if s.cause == "log-named":
        return logs.named(s)
    right = s.text("right") or "the principal of the ResourceManager"
    return Words(
        f"{s.text('key')} is not set, so no job is submitted",
        f"{place(s, 'at')} sets {s.text('key')}.pattern to {s.text('pattern')}. That is enough to connect. A job "
        "needs the principal itself: the ResourceManager renews its tokens.",
        "MapReduce and Spark say “Can't get Master Kerberos principal for use as renewer”.",
        (f"In {place(s)} set {s.text('key')} to {right}. {UPLOAD}",),
    )


def proxy_user(s: Statement) -> Words:
    """RUN-PROXY-KEYTAB: by spark-defaults.conf, or by a log."""
    if s.cause == "log-named":
        return logs.named(s)
    return Words(
        f"{s.text('key')} and the proxy user of DataWorks exclude each other",
        f"{place(s)} sets {s.text('key')} to {s.text('value')}. DataWorks passes --proxy-user to Spark, and "
        "spark-submit takes the setting for --principal.",
        "spark-submit says “Only one of --proxy-user or --principal can be provided” and ends.",
        (f"Delete {s.text('key')} in {place(s)} with its keytab, or pass no proxy user information. {UPLOAD}",),
    )


def protection(s: Statement) -> Words:
    """SVC-QOP: by the uploaded file beside the cluster's settings, or by a log."""
    if s.cause == "log-named":
        return logs.named(s)
    key, right = s.text("key"), s.text("right")
    return Words(
        f"{key} of the client and of the cluster have nothing in common",
        f"{place(s)} sets {key} to {s.text('value')}. The cluster has {right} ({place(s, 'listed')}), so "
        f"{listed(s.texts('services'))} refuses the client after its login.",
        "Clients say “No common protection layer between client and server”.",
        (f"In {place(s)} set {key} to {right}. {UPLOAD}",),
    )


def server_simple(s: Statement) -> Words:
    """KRB-SERVER-SIMPLE: by the answer of Hadoop RPC, or by a log."""
    if s.cause == "log-named":
        return logs.named(s)
    return Words(
        f"{listed(s.texts('services'))} wants no Kerberos, and the client's core-site.xml does",
        f"{place(s)} sets {s.text('key')} to {s.text('value')}. {listed(s.texts('ends'))} answers that it wants no "
        "login.",
        "Hadoop says “Server asks us to fall back to SIMPLE auth”. Often the files are those of another cluster.",
        (f"Take core-site.xml from this cluster. If it has no Kerberos, {place(s)} says {s.text('right')}. {UPLOAD}",),
    )


def metastore_login(s: Statement) -> Words:
    """SVC-HMS: by the answer of the metastore."""
    key, right = s.text("key"), s.text("right")
    wants = "wants SASL" if right == "true" else "speaks without SASL"
    return Words(
        "The Hive metastore and hive-site.xml do not agree on SASL",
        f"{place(s)} sets {key} to {s.text('value')}. {listed(s.texts('ends'))} answers that it {wants}.",
        "Clients hang, or say “Could not connect to meta store using any of the URIs provided”.",
        (f"In {place(s)} set {key} to {right}. {UPLOAD}",),
    )


def hive_mechanism(s: Statement) -> Words:
    """SVC-HS2-MECH: by the answer of a server, or by a log."""
    if s.cause == "log-named":
        return logs.named(s)
    key, value, right, server = s.text("key"), s.text("value"), s.text("right"), services(s)
    file, is_http = s.text("file"), s.is_true("is_http")
    said = f"{place(s)} sets {key} to {value}" if value else f"{file} does not set {key}, which means NONE"
    if right:
        title = f"{server} wants Kerberos, and the client offers a password"
        example = "hive/_HOST@<realm>" if server == HIVESERVER2 else "<its principal>"
        repair = (
            f"In {place(s)} set {key} to {right}, and name the principal of {server} in JDBC URLs "
            f"(;principal={example}). {UPLOAD}"
        )
    else:
        logins = s.texts("logins")
        title, plain = f"{server} does not have the login that {file} names", "a password" if is_http else "PLAIN"
        repair = (
            f"Read {key} in the {file} that {server} runs with, and take it from there. It is "
            f"{', '.join(logins[:-1])} or {logins[-1]}: all of them use {plain}. {UPLOAD}"
        )
    if is_http:
        own, other = ("a password", "Kerberos") if right else ("Kerberos", "a password")
        return Words(
            title,
            f"{said}, so clients log in with {own}. {listed(s.texts('ends'))} answers over HTTP that it wants {other}.",
            "Clients say “HTTP Response code: 401”.",
            (repair,),
        )
    return Words(
        title,
        f"{said}, so clients start SASL with {s.text('mechanism')}. {listed(s.texts('ends'))} answers that it has "
        f"{s.text('other')}, and does not have {s.text('mechanism')}.",
        f"Clients say “Peer indicated failure: Unsupported mechanism type {s.text('mechanism')}”.",
        (repair,),
    )


def principal_unset(s: Statement) -> Words:
    """KRB-SVC-UNSET: no file has the principal of a service."""
    keys, files = listed(s.texts("keys")), listed(s.texts("files"))
    return Words(
        f"No file has the Kerberos principal of {listed(s.texts('services'))}",
        f"core-site.xml turns Kerberos on, and {files} does not set {keys}.",
        "A client stops before it asks for a ticket: “Failed to specify server's Kerberos principal name”.",
        (f"Take {keys} from the cluster's own {files}. {UPLOAD}",),
    )


def client_simple(s: Statement) -> Words:
    """KRB-CLIENT-SIMPLE: the cluster has Kerberos, and the client's file does not."""
    key, value = s.text("key"), s.text("value")
    said = f"{place(s)} sets {key} to {value}" if value else f"core-site.xml does not set {key}"
    if s.cause == "other-login":
        return Words(
            "The servers want Kerberos, and the client's core-site.xml does not use it",
            f"{listed(s.texts('services'))} at {listed(s.texts('ends'))} want Kerberos. {said}, so a client does not "
            "log in.",
            "Hadoop says “SIMPLE authentication is not enabled. Available:[TOKEN, KERBEROS]”.",
            (f"In {place(s)} set {key} to {s.text('right')}, or take the cluster's own files. {UPLOAD}",),
        )
    if s.is_true("refused"):
        return Words(
            "core-site.xml names a login that Hadoop does not know",
            f"{place(s)} sets {key} to “{value}”. Hadoop takes simple or kerberos there, without blanks around it, "
            "and no client starts with anything else.",
            f"Hadoop says “Invalid attribute value for {key}”.",
            (AFTERWARDS if s.text("right") else f"In {place(s)} set {key} to simple or kerberos. {UPLOAD}",),
        )
    return Words(
        "The cluster uses Kerberos, and the client's core-site.xml does not",
        f"The cloud says that the security mode of the cluster is Kerberos. {said}, so a client does not log in.",
        "Hadoop says “SIMPLE authentication is not enabled. Available:[TOKEN, KERBEROS]”.",
        (f"In core-site.xml set {key} to kerberos, or take the cluster's own file. {UPLOAD}",),
    )
