"""What is raised for a file that is no Hadoop configuration?"""

from __future__ import annotations

from probes.errors import FormatError


class HadoopConfError(FormatError):
    """A file is not a Hadoop configuration: not XML, another root, an entity, too large, or endless
    includes.
    """
