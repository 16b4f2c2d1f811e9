"""What can be learned from a KDC, a keytab and a login?"""
