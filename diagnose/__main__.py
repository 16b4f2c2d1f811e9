"""`python -m diagnose` is `emr-diagnose`."""

from diagnose.cli import main

if __name__ == "__main__":
    main()
