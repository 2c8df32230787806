"""`python -m losslint`"""

from losslint.app.cli import main

if __name__ == "__main__":
    main()
