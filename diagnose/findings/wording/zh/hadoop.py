"""What is wrong with the Hadoop files, or with the cloud's states of services, in Chinese?

One function a code.
"""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.findings.values import Statement, unique
from diagnose.findings.wording.en.hadoop import SPARK_DEFAULT
from diagnose.findings.wording.en.phrases import address_form, place
from diagnose.findings.wording.registration import files
from diagnose.findings.wording.words import Words
from diagnose.findings.wording.zh import logs, names, node_records
from diagnose.findings.wording.zh.phrases import AFTERWARDS, UPLOAD, hosts_do, listed, services
from diagnose.findings.wording.zh.two_exports import which_export
from diagnose.flows.spelling import placeholder

PROTOCOLS: Mapping[str, str] = {
    "http": "HTTP",
    "hadoop-rpc": "Hadoop RPC",
    "ssh": "SSH",
    "mysql": "MySQL",
    "smtp-or-ftp": "FTP 或 SMTP",
    "tls": "TLS",
    "plain-http": "不带 TLS 的 HTTP",
    "thrift-sasl": "binary 模式的 Thrift",
}
"""Protocol of an answer -> its name for people."""

TRANSPORTS: Mapping[str, str] = {"tls": "HTTPS", "plain-http": "HTTP"}
"""Protocol of an answer -> what the server itself may speak on the port that the files name."""

KINDS: Mapping[str, str] = {
    "cluster": "集群",
    "resource group": "资源组",
    "network": "网络",
    "node": "节点",
    "instance": "ECS 实例",
    "network interface": "弹性网卡",
    "vSwitch": "交换机",
    "component": "组件",
}
"""Kind of an object that the cloud has a state of -> its name for people."""


def unset(s: Statement) -> Words:
    """SVC-UNSET: an address that means no machine, or that Java does not take."""
    key, service, value = s.text("key"), s.text("service"), s.text("value")
    write = _write(s)
    if s.cause == "setting-local-disk":
        is_stated = s.row("origin").number("line") is not None
        said = f"{place(s)} 中 {key} 为 {value}" if is_stated else f"{_site(s)} 没有设置 {key}"
        return Words(
            f"{key} 指向客户端的本地磁盘",
            f"{said}，客户端读写的是自己的磁盘，不会访问 {service}。",
            "作业报路径不存在，或“Wrong FS … expected: file:///”。",
            (write,),
        )
    if s.cause == "setting-missing":
        return _missing(s)
    if s.cause == "setting-authority" and s.text("component") == "zookeeper":
        return Words(
            f"{key} 中的多台服务器没有用逗号分隔",
            f"{place(s)} 中 {key} 为 {value}。客户端只按逗号分隔，所以会把它当作一台主机。",
            "客户端报 UnknownHostException，找不到服务器。",
            (write,),
        )
    if s.cause == "setting-authority":
        return _no_address(s, write)
    if s.row("origin").number("line") is None:
        return Words(
            f"没有文件写明 {service} 在哪里",
            f"{_site(s)} 没有设置 {key}，客户端会用 Hadoop 的默认值 {value}，它不指向任何机器。",
            "Hadoop 报“Your endpoint configuration is wrong”，并反复重试 0.0.0.0。",
            (write,),
        )
    return Words(
        f"{key} 不指向任何机器",
        f"{place(s)} 中 {key} {f'为 {value}' if value else '为空'}。服务端可以监听这样的地址，但客户端无法连接它。",
        "Hadoop 报“Your endpoint configuration is wrong”，并反复重试 0.0.0.0。",
        (write,),
    )


def _no_address(s: Statement, write: str) -> Words:
    key, value, is_metastore = s.text("key"), s.text("value"), s.text("component") == "hive-metastore"
    said = "Hadoop 报“Does not contain a valid host:port authority”。"
    if is_metastore:
        said = "客户端报“Cannot open without port.”或“Illegal character in authority”。"
    if (left := placeholder(value)) is not None:
        why = f"没有任何内容替换 {left}，客户端会按字面使用它。"
    elif is_metastore:
        why = "客户端要求每个元数据服务写成 thrift://host:port，多个之间用逗号分隔。"
    else:
        why = "Java 要求 host:port 格式，主机部分只能含字母、数字、点号和连字符。"
    return Words(f"{key} 不是客户端能接受的地址", f"{place(s)} 中 {key} 为 {value}。{why}", said, (write,))


def _missing(s: Statement) -> Words:
    key, service, switch = s.text("key"), s.text("service"), "yarn.resourcemanager.ha.enabled"
    if ids := s.text("value"):
        return Words(
            f"{key} 中的 id 与各地址的 id 不一致",
            f"{place(s)} 列出 {ids}，但文件只为 {s.text('right')} 设置了主机和地址。"
            f"客户端在连接 {service} 之前就停止了。",
            "客户端报“… needs to be set in an HA configuration”。",
            (AFTERWARDS,),
        )
    off = f"如果集群只有一个 {service}，就把 {switch} 设为 false。"
    advice = AFTERWARDS if s.text("right") else f"在 {_site(s)} 中按节点上的值设置 {key}，或者上传节点的文件。{off}"
    return Words(
        f"没有设置 {key}，客户端因此停止",
        f"{s.text('known')} 打开了 {switch}，但没有文件设置 {key}。客户端在连接 {service} 之前就停止了。",
        "客户端报“… needs to be set in an HA configuration”，或 ArrayIndexOutOfBoundsException。",
        (advice,),
    )


def loopback(s: Statement) -> Words:
    """DNS-LOOPBACK: a setting, or a name that leads to loopback."""
    if s.cause != "setting-loopback":
        return names.loopback(s)
    key, service = s.text("key"), s.text("service")
    return Words(
        f"{key} 指向客户端自己",
        f"{place(s)} 中 {key} 为 {s.text('value')}。客户端会连接自己所在的机器，而集群的 {service} 不在那里。",
        "连接立即被拒绝，或者由别的服务应答。",
        (_write(s),),
    )


def port(s: Statement) -> Words:
    """SVC-PORT: a port that is none, or another one than the NameNode has."""
    if s.cause == "answers-elsewhere":
        return _moved(s)
    if s.cause == "other-protocol":
        return other_protocol(s)
    key, value = s.text("key"), s.text("value")
    if s.cause == "setting-other-port":
        return Words(
            f"{key} 中 NameNode 的端口与其他文件不一致",
            f"{place(s)} 写的是 {value}，而其他文件中该 NameNode 的端口是 {s.text('known')}。{_opened(key)}",
            _first_failure(key),
            (f"把 {place(s)} 的 {key} 改为 {s.text('right')}，或者{_without(key, '去掉其中的主机和端口')}。",),
        )
    if s.cause == "setting-rpc-port":
        return Words(
            f"{key} 中的端口不是 NameNode 监听的端口",
            f"{place(s)} 中 {key} 为 {value}。按 dfs.namenode.rpc-address，该 NameNode 监听端口 {s.text('known')}："
            "对服务端它优先于 fs.defaultFS，而客户端不读取它。",
            "用规则放行该端口没有用：连接会被拒绝。",
            (_write(s),),
        )
    if s.cause == "setting-other-service":
        return Words(
            f"{key} 写的是另一个服务的端口",
            f"{place(s)} 中 {key} 为 {value}。这是 {s.text('known')} 的端口，{s.text('service')} 不在该端口上应答。",
            "放行该端口没有用，因为在那里应答的是另一个服务。",
            (_write(s),),
        )
    return Words(
        f"{key} 中没有客户端能连接的端口",
        f"{place(s)} 中 {key} 为 {value}。客户端要求端口在 1 到 65535 之间，这里没有默认值。",
        "",
        (_write(s),),
    )


def _opened(key: str) -> str:
    """Return what a client does with a setting that names a file system."""
    if key == SPARK_DEFAULT:
        return "Spark 用它覆盖 core-site.xml 的 fs.defaultFS，所以 Spark 作业会连接该地址。"
    return f"客户端直接使用 {key} 中的路径，不看 fs.defaultFS。"


def _first_failure(key: str) -> str:
    if key == SPARK_DEFAULT:
        return "Hive 和 HDFS 正常，而 Spark 作业在 YARN 接受之前就会失败。"
    return "查询正常，但用到该路径的第一个表或作业会失败。"


def _without(key: str, of_a_path: str) -> str:
    """Return what may be done in place of the right address."""
    return "删除这一行" if key == SPARK_DEFAULT else of_a_path


def other_protocol(s: Statement) -> Words:
    """SVC-RPC-HTTP, SVC-HS2-MODE, SVC-PORT: another protocol answers on the port."""
    if s.cause == "log-named":
        return logs.named(s)
    name = PROTOCOLS[s.text("protocol")]
    if s.code == "SVC-HS2-MODE" and s.text("protocol") == "thrift-sasl":
        advice = f"让客户端使用 binary 模式（不写 ;transportMode=http），或者改用 {services(s)} 的端口。"
    elif s.code == "SVC-HS2-MODE":
        advice = (
            f"让客户端使用 HTTP（;transportMode=http;httpPath=cliservice），或者改用 {services(s)} 的 binary 端口。"
        )
    else:
        advice = f"把 {place(s)} 中的端口改为 {services(s)} 自己监听的端口：在节点上用 ss -lntp 查看。"
    transport = TRANSPORTS.get(s.text("protocol"))
    cause = "只是监听的是另一个服务。"
    if transport is not None:
        cause = f"只是监听的是另一个服务，或者是同一个服务但使用 {transport}。"
        advice += f"如果是同一个服务，就让配置文件和客户端在这个端口使用 {transport}。"
    return Words(
        f"{services(s)} 的端口上应答的是 {name}",
        f"{hosts_do(s, '的')} 端口（{place(s)}）用 {name} 应答，而不是 {services(s)} 的协议。",
        f"连接能建立，所以不缺安全组规则，{cause}",
        (advice,),
    )


def _moved(s: Statement) -> Words:
    """SVC-PORT, as packets show it."""
    to, key = s.text("answers_on"), s.row("origin").text("key")
    return Words(
        f"{services(s)} 在端口 {to} 上应答，而配置文件写的是另一个端口",
        f"{hosts_do(s, '拒绝连接')}（{place(s)}），同一主机的端口 {to} 上有 Hadoop RPC 应答。",
        "服务在运行，只是告诉客户端的端口不对。",
        (f"把 {place(s)} 中 {key} 的端口改为 {to}。{UPLOAD}",),
    )


def nameservice(s: Statement) -> Words:
    """HA-NAMESERVICE: a nameservice with a port, with no class that exists, or not defined."""
    if s.cause == "setting-provider":
        return _no_provider(s)
    if s.cause != "setting-port":
        return names.nameservice(s)
    key, service = s.text("key"), s.text("right").partition("://")[2]
    return Words(
        f"{key} 在 nameservice {service} 后面写了端口",
        f"{place(s)} 写的是 {s.text('value')}。{service} 代表多个 NameNode，它们的端口在 hdfs-site.xml 中。"
        "Hadoop 在这里只接受端口 8020。",
        "Hadoop 报它“is a logical (HA) namenode and does not use port information”。",
        (AFTERWARDS,),
    )


def _no_provider(s: Statement) -> Words:
    key = s.text("key")
    return Words(
        f"{key} 写的类在 Hadoop 中不存在",
        f"{place(s)} 写的是 {s.text('value')}。客户端靠这个类找到 active 的 NameNode，加载不了它就不会连接 HDFS。",
        "Hadoop 报“Could not load failover proxy provider class”或“ClassNotFoundException”。",
        (AFTERWARDS,),
    )


def standby(s: Statement) -> Words:
    """SVC-STANDBY: one NameNode of several, or a ResourceManager in standby."""
    if s.text("component") != "namenode-rpc":
        return _standby_resourcemanager(s)
    if s.cause == "standby-alone":
        return _only_standby(s)
    key, state, service = s.text("key"), s.text("state"), s.text("right").removeprefix("hdfs://")
    now = f"云上显示它目前为 {state}。" if state else ""
    if says := s.text("says"):
        now = f"刚才询问时，所写的这一个自称为 {says}。"
    return Words(
        f"{key} 写死了多个 NameNode 中的一个",
        f"{place(s)} 写的是 {s.text('value')}，它只是 {service} 的一个 NameNode，另一个是 {s.text('known')}。{now}"
        "写主机名的客户端不会跟随主备切换。",
        "处于 standby 的 NameNode 会报“Operation category READ is not supported in state standby”。",
        (f"把 {place(s)} 改为 {s.text('right')}。{UPLOAD}",),
    )


def twin(s: Statement) -> Words:
    """HA-PARTIAL: two members of an HA group with one address."""
    key, service, right = s.text("key"), s.text("service"), s.text("right")
    return Words(
        f"{key} 写的是另一个 {service} 的地址",
        f"{place(s)} 中 {key} 为 {s.text('value')}，与 {s.text('known')} 相同。"
        f"所以客户端只认识两个 {service} 中的一个。",
        "该实例为 active 时连接正常，主备切换后客户端就找不到服务。",
        (f"把 {place(s)} 改为 {right or '另一个的地址'}。{UPLOAD}",),
    )


def _only_standby(s: Statement) -> Words:
    key, others = s.text("key"), listed(s.texts("others"))
    running = f"{others} 上也运行着 NameNode。" if others else ""
    return Words(
        "配置文件中唯一的 NameNode 处于 standby",
        f"{place(s)} 中 {key} 写的是 {s.text('value')}。刚才询问时，它自称处于 standby。{running}",
        "处于 standby 的 NameNode 会报“Operation category READ is not supported in state standby”。",
        (f"fs.defaultFS 写 nameservice，hdfs-site.xml 写全它的所有 NameNode。{AFTERWARDS}",),
    )


def _standby_resourcemanager(s: Statement) -> Words:
    key = s.text("key")
    return Words(
        f"{key} 写的是处于 standby 的 ResourceManager",
        f"{place(s)} 写的是 {s.text('value')}。云上显示它目前为 {s.text('state')}，{s.text('known')} 上的才是 active。"
        "没有设置 yarn.resourcemanager.ha.enabled 的客户端不会跟随主备切换。",
        "处于 standby 的 ResourceManager 不为客户端开放端口，客户端报“Connection refused”。",
        (f"在 yarn-site.xml 中把 yarn.resourcemanager.ha.enabled 设为 true，并写上两个 id 和地址。{UPLOAD}",),
    )


def bind(s: Statement) -> Words:
    """SVC-BIND: by the file of the server, or by the listeners of its node."""
    if s.cause != "setting-bind":
        return node_records.bind(s)
    key, service = s.text("key"), s.text("service")
    return Words(
        f"按配置文件，{service} 只监听回环地址",
        f"{place(s)} 中 {key} 为 {s.text('value')}。服务端只应答本节点，拒绝其他所有主机。",
        "改安全组规则没有用。",
        (f"在节点上把 {key} 设为 {s.text('right')} 或节点的地址，然后重启 {service}。",),
    )


def stale_host(s: Statement) -> Words:
    """DW-FILES-STALE: a host that the case does not have, or that does not run the service."""
    if s.cause == "files-differ":
        return files.stale(s)
    key = s.text("key")
    if s.cause == "setting-unknown-host":
        return Words(
            f"输入中没有任何文件认识 {key} 中的主机",
            f"{place(s)} 写的是 {s.text('value')}。节点列表和 hosts 文件中都没有这台主机，可能来自以前的集群。",
            "如果 DNS 里也没有，客户端会报 UnknownHostException。",
            (f"把 {place(s)} 与集群自己文件中的 {key} 对比。{UPLOAD}",),
        )
    if s.cause == "setting-other-node":
        return Words(
            f"{key} 所写的节点上没有 {s.text('service')}",
            f"{place(s)} 把 {key} 设为 {s.text('value')}。组件实例列表显示 {s.text('service')} 只在 "
            f"{s.text('known')} 上，因此该文件可能已过期。",
            "放行该端口也没有用，因为那里没有这个服务。",
            (_write(s),),
        )
    if known := s.text("known"):
        return Words(
            f"{key} 所写的主机不是 NameNode 所在的主机",
            f"{place(s)} 写的是 {s.text('value')}。配置文件中的 NameNode 在 {known} 上。",
            f"{_opened(key)}该文件可能来自以前的集群，也可能是另一个集群的路径。",
            (f"把 {place(s)} 的 {key} 改为本集群的 NameNode，或者{_without(key, '改为不带主机的路径')}。{UPLOAD}",),
        )
    return Words(
        f"集群中没有 {key} 所写的主机",
        f"{place(s)} 写的是 {s.text('value')}。它的名称像 EMR 节点，但节点列表和 hosts 文件中都没有它。",
        "客户端会直接使用该路径，并报 UnknownHostException。该文件可能来自以前的集群，或者节点被替换过。",
        (f"把 {place(s)} 的 {key} 改为本集群的 NameNode，或者不带主机的路径。{UPLOAD}",),
    )


def mixed(s: Statement) -> Words:
    """DW-FILES-MIXED: principals of a realm that krb5.conf does not have."""
    if s.cause == "cluster-ids":
        return files.mixed(s)
    known, realm = listed(s.texts("known")), s.text("realm")
    if near := s.text("near"):
        third = f"krb5.conf 的 [domain_realm] 写的也是 {realm}。" if s.is_true("is_mapped") else ""
        which = "krb5.conf " if third else "其中之一"
        if s.is_true("is_alone") and not third:
            third, which = f"其他 principal 与 krb5.conf 一样，写的是 {near}。", f"{s.row('origin').text('file')} "
        return Words(
            f"krb5.conf 写的是 {near}，Hadoop 文件写的是 {realm}：{which}很可能写错了",
            f"{place(s)} 中 {s.text('key')} 为 {s.text('value')}。krb5.conf 中只有 {known}，"
            f"没有 {realm} 的 KDC。{third}两个名称只差一处：{which}很可能写错了。",
            f"客户端都拿不到 {listed(s.texts('services'))} 的票据。",
            ("与服务 keytab 中的 realm（klist -kte）对比，改正写错的那一个。",),
        )
    return Words(
        f"krb5.conf 与 Hadoop 文件的 realm 不同：krb5.conf 中没有 {realm} 的 KDC",
        f"{place(s)} 中 {s.text('key')} 为 {s.text('value')}。krb5.conf 中只有 {known}，没有 {realm} 的 KDC。",
        f"客户端都拿不到 {listed(s.texts('services'))} 的票据。这些文件很可能来自两个集群。",
        (f"从同一个集群重新导出 krb5.conf 和 Hadoop 文件，或者在 krb5.conf 中添加 {realm}。",),
    )


def realm_case(s: Statement) -> Words:
    """KRB-REALM-CASE: principals of a realm that krb5.conf writes in other letters."""
    near, realm = s.text("near"), s.text("realm")
    right, wrong = (realm, near) if realm == realm.upper() else (near, realm)
    file = "krb5.conf" if wrong == near else listed(s.texts("files"))
    return Words(
        f"krb5.conf 写的是 {near}，Hadoop 文件写的是 {realm}：realm 区分大小写",
        f"{place(s)} 中 {s.text('key')} 为 {s.text('value')}。krb5.conf 中的 realm 写作 {near}，而 realm 区分大小写："
        f"其中没有 {realm} 的 KDC。",
        f"客户端都拿不到 {listed(s.texts('services'))} 的票据。",
        (f"在 {file} 中把 {wrong} 写成 {right}。服务 keytab（klist -kte）中的 realm 就是 KDC 的 realm。",),
    )


def state(s: Statement) -> Words:
    """STATE-CLUSTER."""
    name, node, kind = s.text("name"), s.text("node"), s.text("kind")
    what = f"{node} 上的 {name}" if node else name
    where = what if node else f"{KINDS.get(kind, kind)} {name}"
    services = listed(s.texts("services"))
    cannot = "无法应答" if s.is_true("is_certain") else "可能无法应答"
    repair = f"在 EMR 控制台启动 {what}；如果它已释放，就从输入中删除。然后重新检查。"
    if s.is_true("is_released"):
        repair = f"集群 {name} 已释放，无法再启动。请导出正在使用的集群的文件，再检查。"
    elif s.is_true("is_network"):
        ready = "Available" if kind == "vSwitch" else "InUse"
        repair = f"等到 {name} 的状态为 {ready}；如果它已释放，就从输入中删除它的应答。然后重新检查。"
    return Words(
        f"{where} 的状态为 {s.text('state')}",
        f"{place(s)}：{s.text('field')} 为 {s.text('state')}。"
        f"{f'{services} 在该状态下' if services else '其上的服务在该状态下'}{cannot}，与规则是否放行无关。",
        "",
        (repair,),
    )


def conflict(s: Statement) -> Words:
    """INPUT-CONFLICT."""
    accounts = s.rows("accounts")
    told = "；".join(f"{place(row)}：{row.text('says')}" for row in accounts)
    files_of = unique(row.row("origin").text("file") for row in accounts)
    title = f"关于 {s.text('subject')}，两份输入互相矛盾"
    if s.is_true("first_holds"):
        first, second = place(accounts[0]), place(accounts[1])
        return Words(
            f"{title}；以 {first} 为准",
            f"{told}。本报告以 {first} 为准，它会覆盖 {second}。",
            "",
            (f"如果 {second} 才正确，请更正或移除 {first}，然后重新运行。",),
        )
    return Words(
        title,
        f"{told}。无法判断哪一份正确，取决于这一差异的结论都是未知。",
        "",
        (which_export(s.row("exports"), s.text("subject"), files_of),),
    )


def refused(s: Statement) -> Words:
    """HADOOP-CONF-SYNTAX."""
    return Words(
        f"{s.text('kind')} 无法读取",
        f"{place(s)}：内容是 {s.text('found')}，应为 {s.text('expected')}。Hadoop 客户端用这个文件无法启动。",
        "它会报 RuntimeException 并给出行号。该文件原本的设置在此未知。",
        (f"更正 {place(s)}。{UPLOAD}",),
    )


def _write(s: Statement) -> str:
    """Return what to do. If the right value is known, an edit of the report says it already."""
    if s.text("right"):
        return AFTERWARDS
    where = _site(s) if s.row("origin").number("line") is None else place(s)
    return f"在 {where} 中把 {s.text('key')} 设为 {s.text('service')} 的 {address_form(s.text('key'))}。{UPLOAD}"


def _site(s: Statement) -> str:
    return s.row("origin").text("file").replace("-default.xml", "-site.xml")
