"""What does a set of Hadoop configuration files set, and on which line?

Read as `org.apache.hadoop.conf.Configuration` of Hadoop 3 reads it:
https://hadoop.apache.org/docs/stable/api/org/apache/hadoop/conf/Configuration.html
"""

from __future__ import annotations

from probes.files.hadoopconf.configuration import EMPTY, Configuration, Layer, overlay
from probes.files.hadoopconf.deprecated import DEPRECATED, current
from probes.files.hadoopconf.errors import HadoopConfError
from probes.files.hadoopconf.reader import Include, read_xml
from probes.files.hadoopconf.setting import Setting, XmlLayer

__all__ = [
    "DEPRECATED",
    "EMPTY",
    "Configuration",
    "HadoopConfError",
    "Include",
    "Layer",
    "Setting",
    "XmlLayer",
    "current",
    "overlay",
    "read_xml",
]
