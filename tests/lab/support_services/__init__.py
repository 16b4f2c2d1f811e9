"""Real servers that a cluster leans on, asked: MariaDB, OpenLDAP, sshd, TLS."""
