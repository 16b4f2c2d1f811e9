"""The program that spark-submit is given: `emr-diagnose` with the options behind its name."""

from diagnose.cli import main

main()
