"""Is a password in an address or a URL hidden, and nothing else?"""

from __future__ import annotations

import time

import pytest

from probes.errors import FormatError
from probes.files.masking import masked, masked_lines, masked_reply


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("thrift://hive:PASS@host:9083", "thrift://***:***@host:9083"),
        ("hive:PASS@host:9083", "***:***@host:9083"),
        ("hive:PA@SS@host", "***:***@host"),
        ("zk1:2181,u:PASS@zk2:2181", "zk1:2181,***:***@zk2:2181"),
        ("kms://https@u:PASS@kms1;kms2:9600/kms", "kms://https@***:***@kms1;kms2:9600/kms"),
        (
            "jdbc:mysql://u:PASS@h:3306/db?user=u&password=PASS&x=y",
            "jdbc:mysql://***:***@h:3306/db?user=u&password=***&x=y",
        ),
        (
            "jdbc:hive2://h:10000/default;trustStorePassword=PASS;x=y",
            "jdbc:hive2://h:10000/default;trustStorePassword=***;x=y",
        ),
        ("-Djavax.net.ssl.keyStorePassword=PASS -Xmx1g", "-Djavax.net.ssl.keyStorePassword=*** -Xmx1g"),
        ("hdfs://u:PA/SS@host:8020", "hdfs://***:***@host:8020"),
        ("found 'u:PASS@h', expected", "found '***:***@h', expected"),
    ],
)
def test_a_password_is_masked(text: str, shown: str) -> None:
    assert masked(text) == shown
    assert masked(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "hdfs://host:8020/user@home",
        "kms://https@kms1:9600/kms",
        "hive/_HOST@EMR.COM",
        "RULE:[1:$1@$0](.*@EMR.COM)s/@.*//",
        "[DISK]file:///data@1,[SSD]file:///data@2",
        "KEYRING:persistent:%{uid}",
        "oss://bucket.endpoint/path",
        "",
    ],
)
def test_what_is_no_password_stays(text: str) -> None:
    assert masked(text) == text


def test_the_lines_of_a_file_keep_their_number_and_their_other_bytes() -> None:
    content = b"\xef\xbb\xbfa\r\n kdc = u:PASS@h\n\xff\xfe@\n"
    assert masked_lines(content) == b"\xef\xbb\xbfa\r\n kdc = ***:***@h\n\xff\xfe@\n"


def test_an_error_quotes_no_password() -> None:
    assert "PASS" not in str(FormatError("f", 1, "'u:PASS@h'", "an address"))


@pytest.mark.parametrize("text", ["a" * 1_000_000 + "@", "a:" * 500_000, "a:@" * 300_000, "token" * 200_000 + "="])
def test_masking_takes_time_in_proportion_to_the_text(text: str) -> None:
    started = time.monotonic()
    masked(text)
    assert time.monotonic() - started < 60


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("password: hunter2 rejected", "password: *** rejected"),
        ('{"token": "abc123"}', '{"token": "***"}'),
        ("Bearer abcdef123456", "Bearer ***"),
        ("Negotiate", "Negotiate"),
        ('Basic realm="hadoop"', 'Basic realm="hadoop"'),
        ("Basic authentication is off", "Basic authentication is off"),
        ("nn/master-1-1.example@EMR.C-1.COM", "nn/master-1-1.example@EMR.C-1.COM"),
        (["http://u:p@host/", 5, None, {"a": ("pwd=x",)}], ["http://***:***@host/", 5, None, {"a": ("pwd=***",)}]),
        ("Access denied (using password: NO)", "Access denied (using password: NO)"),
        ("using password: YES!", "using password: ***"),
        ("password: NO)", "password: ***"),
    ],
)
def test_what_a_peer_says_is_masked_and_keeps_its_shape(said: object, shown: object) -> None:
    assert masked_reply(said) == shown
