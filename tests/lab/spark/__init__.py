"""A real Spark Thrift Server, in binary and HTTP mode, with and without Kerberos."""
