"""What do sockets and packets tell of one address and port?"""
