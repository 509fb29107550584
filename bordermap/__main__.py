"""`python -m bordermap` is the command line."""

from bordermap.cli import main

if __name__ == "__main__":
    main()
