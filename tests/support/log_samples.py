"""Logs as clients write them. They follow public reports, in our own words."""

from __future__ import annotations

KDC = "master-1-1.c-00fe.cn-hangzhou.emr.aliyuncs.com"

# A DataWorks node, JDK 8 with Kerberos debug output: three datagrams, no answer.
DATAWORKS = f"""\
2026-11-27 10:15:01 INFO Current task status: RUNNING
2026-11-27 10:15:02 INFO Java config name: /etc/krb5.conf
Loaded from Java config
>>> KrbAsReq creating message
>>> KrbKdcReq send: kdc={KDC} UDP:88, timeout=30000, number of retries =3, #bytes=163
>>> KDCCommunication: kdc={KDC} UDP:88, timeout=30000,Attempt =1, #bytes=163
SocketTimeOutException with attempt: 1
>>> KDCCommunication: kdc={KDC} UDP:88, timeout=30000,Attempt =2, #bytes=163
SocketTimeOutException with attempt: 2
>>> KDCCommunication: kdc={KDC} UDP:88, timeout=30000,Attempt =3, #bytes=163
SocketTimeOutException with attempt: 3
>>> KrbKdcReq send: error trying {KDC}:88
java.net.SocketTimeoutException: Receive timed out
\tat java.net.PlainDatagramSocketImpl.receive0(Native Method)
\tat sun.security.krb5.internal.UDPClient.receive(NetClient.java:206)
2026-11-27 10:16:32 ERROR Job failed for hadoop@EMR.C-00FE.COM
java.io.IOException: Login failure for hadoop@EMR.C-00FE.COM from keytab /tmp/hadoop.keytab
\tat org.apache.hadoop.security.UserGroupInformation.loginUserFromKeytab(UserGroupInformation.java:1104)
Caused by: javax.security.auth.login.LoginException: Receive timed out
\tat com.sun.security.auth.module.Krb5LoginModule.attemptAuthentication(Krb5LoginModule.java:808)
Caused by: java.net.SocketTimeoutException: Receive timed out
\t... 12 more
"""

# Spark on YARN: the application master cannot reach a driver in the resource group.
SPARK = """\
Container: container_e03_1764_0001_01_000001 on core-1-1.c-00fe.emr.aliyuncs.com_8041
LogAggregationType: AGGREGATED
LogType:stderr
26/11/27 10:15:02 INFO ApplicationMaster: Waiting for Spark driver to be reachable.
26/11/27 10:15:05 ERROR ApplicationMaster: Failed to connect to driver at 192.168.10.7:40123, retrying ...
26/11/27 10:16:45 ERROR ApplicationMaster: Failed to connect to driver at 192.168.10.7:40123, retrying ...
26/11/27 10:16:46 ERROR ApplicationMaster: Uncaught exception:
org.apache.spark.SparkException: Yarn application has already ended! It might have been killed.
\tat org.apache.spark.deploy.yarn.ApplicationMaster.run(ApplicationMaster.scala:1)
"""

# An HDFS client: names come from the NameNode, and the DataNodes are out of reach.
HDFS = """\
26/11/27 10:15:02 INFO hdfs.DataStreamer: Exception in createBlockOutputStream
org.apache.hadoop.net.ConnectTimeoutException: 60000 millis timeout while waiting for channel to be ready for connect. \
ch : java.nio.channels.SocketChannel[connection-pending remote=/192.168.20.21:9866]
\tat org.apache.hadoop.net.NetUtils.connect(NetUtils.java:534)
26/11/27 10:15:02 WARN hdfs.DataStreamer: Excluding datanode DatanodeInfoWithStorage[192.168.20.21:9866,DS-1,DISK]
26/11/27 10:16:02 WARN hdfs.DataStreamer: Excluding datanode DatanodeInfoWithStorage[192.168.20.22:9866,DS-2,DISK]
put: File /tmp/a._COPYING_ could only be written to 0 of the 1 minReplication nodes. There are 2 datanode(s) running \
and 2 node(s) are excluded in this operation.
"""

# MIT kinit with KRB5_TRACE: nothing listens over UDP, TCP is silent.
KINIT = """\
[881] 1795745702.111111: Getting initial credentials for hadoop@EMR.C-00FE.COM
[881] 1795745702.111112: Sending request (190 bytes) to EMR.C-00FE.COM
[881] 1795745702.111113: Resolving hostname master-1-1
[881] 1795745702.111114: Sending initial UDP request to dgram 192.168.20.11:88
[881] 1795745703.111115: Initiating TCP connection to stream 192.168.20.11:88
[881] 1795745706.111116: Sending retry UDP request to dgram 192.168.20.11:88
kinit: Cannot contact any KDC for realm 'EMR.C-00FE.COM' while getting initial credentials
"""

# A client whose own name has no address: the remote end refuses all the same.
OWN_NAME = """\
2026-11-27 10:15:02,123 WARN ipc.Client: x
java.net.ConnectException: Call From java.net.UnknownHostException: vm: vm: Temporary failure in name resolution to \
master-1-1.c-00fe:8020 failed on connection exception: java.net.ConnectException: Connection refused; For more \
details see:  http://wiki.apache.org/hadoop/ConnectionRefused
\tat sun.reflect.NativeConstructorAccessorImpl.newInstance0(Native Method)
Caused by: java.net.ConnectException: Connection refused
\t... 9 more
"""

# Hive JDBC over SASL: the envelope names HiveServer2, the cause is a ticket for another name.
HIVE = """\
2026-11-27T10:15:02,123 ERROR [main] jdbc.HiveConnection: Error opening session
java.sql.SQLException: Could not open client transport with JDBC Uri: jdbc:hive2://192.168.20.11:10000/default;\
principal=hive/_HOST@EMR.C-00FE.COM: GSS initiate failed
\tat org.apache.hive.jdbc.HiveConnection.<init>(HiveConnection.java:256)
Caused by: org.apache.thrift.transport.TTransportException: GSS initiate failed
\tat org.apache.thrift.transport.TSaslClientTransport.handleSaslStartMessage(TSaslClientTransport.java:1)
Caused by: GSSException: No valid credentials provided (Mechanism level: Server not found in Kerberos database (7) - \
LOOKING_UP_SERVER)
"""

LOGS = (DATAWORKS, SPARK, HDFS, KINIT, OWN_NAME, HIVE)
