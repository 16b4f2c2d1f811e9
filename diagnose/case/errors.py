"""What may come out of reading a case: one error, for an input of ours that cannot be read."""

from __future__ import annotations

from probes.errors import FormatError


class CaseError(FormatError):
    """case.toml, an API answer, observations.json or an archive is not what it should be. The command line ends with exit code 2.

    A broken krb5.conf or Hadoop file is never this: it is the cluster's fault, so a `Fault` of the case.
    """
