"""`python -m losslint`"""

from losslint.app.cli import main

main()
