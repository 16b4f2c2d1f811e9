"""How is another host reached over SSH? Addresses, configuration, host keys, logins, sessions."""
