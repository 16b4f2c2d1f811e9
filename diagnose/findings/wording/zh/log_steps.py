"""Which two checks come next for a failure of a log, in Chinese?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_THRIFT: Final = (
    "运行 emr-diagnose probe hive://{endpoint} 或 metastore://{endpoint}：它会显示传输模式、SASL 和 TLS",
    "对比客户端驱动与服务的版本：分别运行 hive --version",
)
"""For bytes of another protocol."""

CHECKS: Final[Mapping[str, tuple[str, str]]] = {
    "kdc-silent": (
        "在资源组所在交换机的主机上运行 {kdc_probes}：UDP 没有应答而 TCP 有应答，说明 UDP 被丢弃，多半是缺少规则",
        "对 KDC 所在节点调用 DescribeSecurityGroupAttribute，连同结果一起检查：是否有规则放行 UDP {port}",
    ),
    "kdc-refused": (
        "运行 {kdc_probes}：两者都被拒绝，说明那里没有 KDC 监听",
        "在 KDC 节点上运行 ss -lntu，查看端口 {port} 上是否有监听地址不是 127.0.0.1 的程序",
    ),
    "kdc-tcp": (
        "运行 {kdc_probes}：UDP 有应答而 TCP 没有应答，就是缺少 TCP 规则",
        "对 KDC 所在节点调用 DescribeSecurityGroupAttribute，连同结果一起检查：是否有规则放行 TCP {port}",
    ),
    "kdc-mit": (
        "看 kinit 用了多久：不到 1 秒是被拒绝或名称解析不到，15 秒以上是没有应答",
        "在同一台主机上运行 {kdc_probes}",
    ),
    "kdc-other": ("运行 {kdc_probes}：它会指出应答的是什么协议", "查看 krb5.conf 的 `kdc =` 行：主机和端口"),
    "service-silent": (
        "在资源组所在交换机的主机上运行 emr-diagnose probe {tcp}",
        "对该节点调用 DescribeSecurityGroupAttribute，连同结果一起检查：是否有规则放行 TCP {port}",
    ),
    "service-refused": (
        "运行 emr-diagnose probe {tcp}：再次被拒绝，说明网络是通的",
        "在该节点上运行 ss -lntp，查看端口 {port} 上是否有监听地址不是 127.0.0.1 的程序",
    ),
    "service-other": (
        "运行 emr-diagnose probe {tcp}：它会指出应答的是什么协议",
        "查看写有该端口的设置：RPC 端口和 Web 端口不同",
    ),
    "no-route": (
        "运行 emr-diagnose probe {tcp}：它会指出是哪个地址返回了 ICMP 错误",
        "在该节点上运行 iptables-save 或 firewall-cmd --list-all，查看是否有 reject 规则",
    ),
    "name": (
        "在写日志的主机上运行 getent hosts {name}",
        "查看写有该名称的设置：nameservice 应在 dfs.nameservices 中，主机名应在 hosts 文件中",
    ),
    "resolver": (
        "在写日志的主机上运行 getent hosts {name}",
        "查询该主机 /etc/resolv.conf 中的 DNS 服务器：emr-diagnose probe 'dns://SERVER?name={name}'",
    ),
    "krb5-conf": (
        "对客户端实际读取的 krb5.conf 运行 emr-diagnose kerberos FILE",
        "确认是哪个文件：客户端加 -Dsun.security.krb5.debug=true 运行，看“Java config name”",
    ),
    "principal": (
        "运行 klist -kte KEYTAB，核对 principal 的 realm 和写法",
        "在 KDC 上运行 kadmin.local getprinc {principal}",
    ),
    "keytab": (
        "以运行任务的用户运行 klist -kte KEYTAB：principal、密钥版本、加密类型",
        "设置 KRB5_TRACE=/dev/stderr，运行 kinit -kt KEYTAB {principal}",
    ),
    "clock": (
        "在同一秒内于客户端、KDC 和服务节点上运行 date -u",
        "运行 {kdc_clock}：它会显示 KDC 的时钟",
    ),
    "etypes": (
        "运行 klist -kte KEYTAB，查看密钥的加密类型",
        "对客户端实际读取的 krb5.conf 运行 emr-diagnose kerberos FILE",
    ),
    "ticket": (
        "以任务的用户和 KRB5CCNAME 运行 klist：有没有票据，有效期到何时",
        "查看客户端实际读取的 core-site.xml 中的 hadoop.security.authentication",
    ),
    "server-key": (
        "查看服务端同一时间的日志：出现“Checksum failed”或密钥版本，就是它的 keytab 有问题",
        "在服务节点上对其 keytab 运行 klist -kte，与该 principal 的 kvno 输出对比",
    ),
    "spn+asked": (
        "在 KDC 上执行 kadmin.local -q listprincs，找与申请的 {principal} 相近的名称",
        "在客户端运行 getent hosts ADDRESS：返回的名称就是 principal 中的名称",
    ),
    "spn": (
        "确认申请的是哪个名称：KRB5_TRACE、-Dsun.security.krb5.debug=true，或 KDC 日志中的 UNKNOWN_SERVER",
        "在客户端运行 getent hosts ADDRESS：返回的名称就是 principal 中的名称",
    ),
    "settings": (
        "把客户端实际读取的文件与节点 /etc/taihao-apps 下的文件对比",
        "把这些文件放进输入目录：emr-diagnose check CASE --offline",
    ),
    "proxy": (
        "查看拒绝方服务的 core-site.xml 中的 hadoop.proxyuser.*",
        "在 NameNode 上对被代理的用户运行 hdfs groups USER",
    ),
    "user": ("在每台 NodeManager 上运行 id USER", "查看 container-executor.cfg 中的 banned.users 和 min.user.id"),
    "hs2": (
        "运行 emr-diagnose probe hive://{endpoint}：它会显示认证机制和传输模式",
        "查看 hive-site.xml 中的 hive.server2.authentication、hive.server2.transport.mode 和 hive.server2.use.SSL",
    ),
    "metastore": (
        "运行 emr-diagnose probe metastore://{endpoint}：它会显示是否应答，以及是否要求 SASL",
        "查看客户端 hive-site.xml 和节点 hivemetastore-site.xml 中的 hive.metastore.sasl.enabled",
    ),
    "zookeeper": (
        "对 quorum 中每台主机运行 emr-diagnose probe zookeeper://HOST:2181",
        "把 JDBC URL 中的 namespace 与 hive.server2.zookeeper.namespace 对比",
    ),
    "datanode": (
        "在资源组所在交换机的主机上运行 emr-diagnose probe {datanode}",
        "对 core 和 task 节点调用 DescribeSecurityGroupAttribute，连同结果一起检查",
    ),
    "datanode-login": (
        "对比客户端的 hdfs-site.xml 与 DataNode 上的 dfs.data.transfer.protection 和 dfs.encrypt.data.transfer",
        "查看 DataNode 自己在该时刻的日志：其中写明为何关闭连接",
    ),
    "service-hangs": (
        "在资源组交换机中的主机上运行 emr-diagnose probe {tcp}：现在是否应答",
        "在节点上运行 jstack 查看该进程，并查看它在该时刻的日志",
    ),
    "releases": (
        "对比客户端驱动与服务的版本：分别运行 hive --version",
        "查看是否由别的进程（例如 Spark Thrift Server）占用该端口：在节点上运行 ss -lntp",
    ),
    "no-file-system": (
        "查看是哪个路径或哪个 fs.defaultFS 写了该 scheme：客户端读取的文件，以及任务本身",
        "查看客户端的库：是否有该 scheme 的 jar，以及 core-site.xml 中的 fs.SCHEME.impl",
    ),
    "own-name": (
        "在运行 driver 的主机上运行 getent hosts $(hostname)：得到的是否是本机地址",
        "查看任务的 spark.driver.bindAddress、spark.driver.host 和 SPARK_LOCAL_IP",
    ),
    "datanode-inside": (
        "在 NameNode 上运行 hdfs dfsadmin -report，查看哪些 DataNode 存活",
        "在 core 节点上用 nc -vz 连接其他 DataNode 和 NameNode，并查看 DataNode 自己的日志",
    ),
    "tls": (
        "运行 emr-diagnose probe https://{endpoint} 或 openssl s_client，查看证书",
        "查看 hive.server2.use.SSL 和 URL 中的 ssl=",
    ),
    "python": (
        "在客户端运行 pluginviewer -c，查看机制中有没有 GSSAPI",
        "查看程序里的 kerberos_service_name：应为 hive，不是整个 principal",
    ),
    "web": (
        "有票据时对该页面运行 curl --negotiate -u : -v，查看申请的名称和状态码",
        "在该页面的节点上对其 keytab 运行 klist -kte，查找 HTTP 和完整主机名",
    ),
    "spark-login": (
        "查看 spark-defaults.conf 中的 spark.kerberos.principal 和 spark.yarn.principal，以及任务的 --principal",
        "查看 DataWorks 中该集群是否传递代理用户信息",
    ),
    "safe-mode": (
        "在 NameNode 上运行 hdfs dfsadmin -safemode get，并用 hdfs dfsadmin -report 查看缺少哪些 DataNode",
        "查看 NameNode 的日志：何时进入安全模式，是否由人手动开启",
    ),
    "permission": (
        "对报错中的路径运行 hdfs dfs -ls -d 和 hdfs dfs -getfacl，或查看 Ranger 的策略",
        "确认任务是否应以该用户运行：查看 DataWorks 中的默认访问身份和身份映射",
    ),
    "token": (
        "把作业运行的时长与 dfs.namenode.delegation.token.max-lifetime 和 renew-interval 对比",
        "确认作业是否有自己的 keytab：spark.kerberos.keytab 和 spark.kerberos.principal",
    ),
    "file-system": (
        "把客户端实际读取的 core-site.xml 中的 fs.defaultFS 与报错中的路径对比",
        "确认路径来自哪里：表的 location（DESCRIBE FORMATTED），还是任务本身",
    ),
    "callback": (
        "driver 运行期间，在 core 节点上运行 nc -vz {name} {port}",
        "查看 spark.submit.deployMode：cluster 模式下没有连接会回到资源组",
    ),
    "proxy+user": (
        "查看拒绝方服务的 core-site.xml 中的 hadoop.proxyuser.{acting}.hosts 和 .groups",
        "在 NameNode 上运行 hdfs groups {user}",
    ),
    "proxy+acting": (
        "查看该服务的 core-site.xml 中的 hadoop.proxyuser.{acting}.hosts：是否包含报错中的地址",
        "查看同一文件中的 hadoop.proxyuser.{acting}.groups",
    ),
    "user+user": (
        "在每台 NodeManager 上运行 id {user}",
        "查看 container-executor.cfg 中的 banned.users 和 min.user.id",
    ),
    "permission+path": (
        "运行 hdfs dfs -ls -d {path} 和 hdfs dfs -getfacl {path}，或查看 Ranger 的策略",
        "确认任务是否应以 {user} 运行：查看 DataWorks 中的默认访问身份和身份映射",
    ),
    "keytab+keytab": (
        "以运行任务的用户运行 ls -l {keytab}",
        "查看写有该文件的设置，以及运行任务的主机上是否有该文件",
    ),
    "krb5-conf+realm": (
        "对客户端实际读取的 krb5.conf 运行 emr-diagnose kerberos FILE：是否列出 {realm} 的 KDC",
        "确认是哪个文件：客户端加 -Dsun.security.krb5.debug=true 运行，看“Java config name”",
    ),
    "spn+service": (
        "在 KDC 上运行 kadmin.local getprinc {service}，这是日志中的名称",
        "在客户端运行 getent hosts ADDRESS：返回的名称就是 principal 中的名称",
    ),
    "zookeeper+target": (
        "运行 emr-diagnose probe zookeeper://{endpoint}，并对 quorum 中其他主机同样运行",
        "把 JDBC URL 中的 namespace 与 hive.server2.zookeeper.namespace 对比",
    ),
    "no-file-system+scheme": (
        "查看是哪个路径或哪个 fs.defaultFS 以 {scheme}:// 开头：客户端读取的文件，以及任务本身",
        "查看客户端的库：是否有 {scheme} 的 jar，以及 core-site.xml 中的 fs.{scheme}.impl",
    ),
    "scheme-capitals": (
        "查看是哪个路径或哪个 fs.defaultFS 以 {scheme}:// 开头，把其中的 scheme 改为小写",
        "查看节点 /etc/taihao-apps 下的同一项设置",
    ),
    "resources": (
        "运行 yarn application -status ID 和 yarn queue -status QUEUE：它有没有容器，队列有没有空闲的内存和核",
        "查看它的一个容器的日志：出现“Failed to connect to driver”就是 RUN-CALLBACK",
    ),
    "executor": (
        "运行 yarn logs -applicationId ID，查看该 executor 的最后几行：有没有 OutOfMemoryError 或被终止",
        "查看该节点的 NodeManager 在该时刻的日志：重启、移除或磁盘写满",
    ),
    "executor-memory": (
        "把任务的 spark.executor.memory 和 spark.executor.memoryOverhead 与报错中的大小对比",
        "在 Spark 页面查看该 stage：是否有一个 task 读取的数据远多于其他 task",
    ),
    "kyuubi-engine": (
        "运行 yarn application -list：有没有该引擎的应用，状态是 ACCEPTED 还是 RUNNING",
        "查看引擎的日志：Kyuubi 保存在它的 work 目录中，每个用户一个文件夹",
    ),
    "hs2-http": (
        "运行 emr-diagnose probe hive+http://{endpoint}：它会显示要求哪种登录",
        "把服务端的 hive.server2.authentication 与 JDBC URL 中的 principal= 和 user= 对比",
    ),
    "hs2-path": (
        "运行 emr-diagnose probe hive+http://{endpoint}/cliservice，按常用路径访问 HiveServer2",
        "把服务端的 hive.server2.thrift.http.path 与 JDBC URL 中的 httpPath= 对比",
    ),
    "hs2-gateway": (
        "运行 emr-diagnose probe hive+http://HOST:10001，HOST 写 HiveServer2 所在节点",
        "查看代理或负载均衡在该时刻的日志，并确认 HiveServer2 在运行",
    ),
    "thrift": _THRIFT,
    "thrift-http": _THRIFT,
    "thrift-tls": _THRIFT,
    "thrift-sasl": _THRIFT,
    "trino": (
        "运行 emr-diagnose probe trino://{endpoint}：它会显示那里是什么在应答",
        "把 coordinator 的 config.properties 中的 http-server.http.port 与 URL 中的端口对比",
    ),
    "thrift-size": (
        "换一个更小的查询，或一次少取一些分区：是否正常",
        "查看写这一行的一方的 hive.thrift.max.message.size 和 hive.server2.thrift.max.message.size",
    ),
    "metastore-database": (
        "在 metastore 节点上运行 emr-diagnose probe mysql://HOST:3306，HOST 取自 javax.jdo.option.ConnectionURL",
        "确认数据库在运行，且它的白名单包含 metastore 所在节点",
    ),
    "hbase-znode": (
        "把客户端实际读取的 hbase-site.xml 中的 zookeeper.znode.parent 与集群的对比",
        "对 HMaster 所在节点运行 emr-diagnose probe hbase-web://HOST:16010：是否在运行",
    ),
    "renewer": (
        "查看 ResourceManager 在该时刻的日志：其中写明为何不能续期 token",
        "确认 ResourceManager 的 hdfs-site.xml 认识报错中“Service:”后面的 nameservice",
    ),
}
"""Topic of a message -> the two checks that cost least and part its candidates best.

After a "+" stands a value: such a row is for a failure that names it.
"""
