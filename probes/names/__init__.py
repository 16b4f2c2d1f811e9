"""What does a host name mean to this host, to its name servers and to a Kerberos client?"""
