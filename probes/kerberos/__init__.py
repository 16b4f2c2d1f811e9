"""What do a KDC, a keytab and a login tell?"""
