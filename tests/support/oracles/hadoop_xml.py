"""What does Hadoop's own `Configuration` read from an XML file?"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.support.needs import classpath

PROGRAM = """
import java.nio.file.*;
import java.util.*;
import org.apache.hadoop.conf.Configuration;

public class Read {
  static String hex(String text) throws Exception { return HexFormat.of().formatHex(text.getBytes("UTF-8")); }
  public static void main(String[] args) throws Exception {
    for (int number = 0; number < Integer.parseInt(args[1]); number++) {
      Configuration conf = new Configuration(false);
      StringBuilder said = new StringBuilder();
      try {
        conf.addResource(new org.apache.hadoop.fs.Path(Paths.get(args[0], number + ".xml").toUri()));
        for (Map.Entry<String, String> entry : conf)
          said.append(" ").append(hex(entry.getKey())).append("=").append(hex(entry.getValue()));
      } catch (RuntimeException e) {
        said = new StringBuilder("refused");
      }
      System.out.println(said);
    }
  }
}
"""


def read_by_hadoop(place: Path, contents: Sequence[bytes]) -> list[dict[str, str] | None]:
    """Return the keys and raw values of each file in Hadoop, or None if it refuses the file."""
    (place / "Read.java").write_text(PROGRAM)
    for number, content in enumerate(contents):
        (place / f"{number}.xml").write_bytes(content)
    command = ["java", "-cp", classpath("hadoop"), str(place / "Read.java"), str(place), str(len(contents))]
    said = subprocess.run(command, capture_output=True, text=True, timeout=600, check=True)
    answers = [_answer(line) for line in said.stdout.splitlines()]
    assert len(answers) == len(contents)
    return answers


def _answer(line: str) -> dict[str, str] | None:
    if line == "refused":
        return None
    pairs = (pair.partition("=") for pair in line.split())
    return {bytes.fromhex(key).decode(): bytes.fromhex(value).decode() for key, _, value in pairs}
