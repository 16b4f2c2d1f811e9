"""Real services, asked: Hadoop RPC, Thrift, ZooKeeper, in one JVM on loopback."""
