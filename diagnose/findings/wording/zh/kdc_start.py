"""Why does a KDC not run, by its log or its kdc.conf? One function a code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from diagnose.findings.values import Statement
from diagnose.findings.wording.en.phrases import place
from diagnose.findings.wording.words import Words
from diagnose.findings.wording.zh.phrases import hosts

_WHY: Final[Mapping[str, tuple[str, str]]] = {
    "database": (
        "打不开数据库",
        (
            "检查 kdc.conf 中的 database_name：文件必须存在，并且 krb5kdc 能读取。如果已丢失，用最近一次的 dump 恢复"
            "（kdb5_util load）。kdb5_util create 只会建一个没有 principal 的空库。"
        ),
    ),
    "master-key": (
        "找不到数据库的主密钥",
        "检查 kdc.conf 中的 key_stash_file。kdb5_util stash 可以重新写入，它会要求输入主密码。",
    ),
    "no-realm": ("它的 krb5.conf 没有默认 realm", "在 KDC 主机的 /etc/krb5.conf 中设置 default_realm。"),
    "configuration": ("它拒绝自己的配置", "改正那一行：在 kdc.conf 中，或在 KDC 主机的 /etc/krb5.conf 中。"),
    "listen-value": (
        "kdc_listen 或 kdc_tcp_listen 的值不被接受",
        "写端口或 地址:端口，例如 88 或 0.0.0.0:88。两项中只能有一项为空。",
    ),
    "listen-name": (
        "kdc_listen 或 kdc_tcp_listen 中有一个词既不是端口也不是主机",
        "写端口或 地址:端口，例如 88。kdc.conf 的值后面不能写注释。",
    ),
    "port-taken": (
        "它的端口已被另一个进程占用",
        "用 ss -lntup 查看是哪个进程。结束该进程或多余的 krb5kdc，再启动 KDC。",
    ),
    "no-address": (
        "kdc_listen 或 kdc_tcp_listen 中的地址不是本机地址",
        "写本机自己的地址，或只写端口。",
    ),
    "no-permission": ("它无权监听该端口", "以 root 启动，或通过 systemd 单元启动：1024 以下的端口需要权限。"),
    "network": ("它无法监听", "检查 kdc.conf 中的 kdc_listen 和 kdc_tcp_listen，以及 ss -lntup。"),
    "realm": ("它打不开 realm", "原因见该主机的 /var/log/krb5kdc.log。"),
    "exited": ("它的进程已退出", "原因见 journalctl -u krb5kdc 和该主机的 /var/log/krb5kdc.log。"),
    "stopped": ("它被停止", "启动它：systemctl start krb5kdc。"),
}
"""Failure -> why the KDC does not run, and what to do."""


def down(s: Statement) -> Words:
    """KDC-DOWN."""
    why, repair = _WHY[s.text("failure")]
    said = "；".join(f"“{row.text('text')}”（{place(row)}）" for row in s.rows("said"))
    what = "kdc.conf 中写着" if s.is_true("of_conf") else "它的日志最后写着"
    of_host = f"{hosts(s)}（{place(s)}）上的 KDC"
    if s.is_true("may_run"):
        return Words(
            "KDC 可能没有运行：有一次启动失败",
            f"{what} {said}：{why}。如果那个进程不是 KDC，{of_host} 就没有运行。",
            "如果占用端口的是更早启动的 krb5kdc，它仍在运行，没有问题。",
            (repair,),
        )
    return Words(
        "KDC 无法启动" if s.text("failure") != "stopped" else "KDC 已停止",
        f"{what} {said}：{why}。所以 {of_host} 没有运行，经由它的登录都失败。",
        "添加安全组规则没有用，修改客户端也没有用。",
        (repair, f"然后在 {hosts(s)} 上启动它：systemctl start krb5kdc，并查看它的日志。"),
    )
