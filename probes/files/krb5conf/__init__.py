"""What does a krb5.conf set? `load` reads files to a `Profile`.

`mit` is what libkrb5 takes from it, `jdk` what Java takes, `has_ports` what old EMR clusters add.
"""

from probes.files.krb5conf.errors import KdcEntryError, Krb5ConfError, Krb5ValueError
from probes.files.krb5conf.profile import Includer, Profile, Relation, load

__all__ = ["Includer", "KdcEntryError", "Krb5ConfError", "Krb5ValueError", "Profile", "Relation", "load"]
