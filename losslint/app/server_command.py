"""`losslint server`: findings, meanings and fixes in editors."""

from __future__ import annotations

import click

from losslint.app.terminal import complain, tell

#: What the command needs and the rest of losslint does not.
NEEDS = ("pygls", "lsprotocol")


@click.command(short_help="Serve an editor (language server protocol).")
@click.option("--stdio", is_flag=True, help="Speak over standard input and output (the default).")
@click.option("--tcp", metavar="HOST:PORT", help="Wait for one client at an address: `127.0.0.1:2087`.")
def server(stdio: bool, tcp: str | None) -> int:
    """Serve an editor through the language server protocol.

    It takes the extra `server`: pip install "torch-losslint[server]".
    """
    if stdio and tcp is not None:
        raise click.UsageError("--stdio and --tcp exclude each other")
    address = _address(tcp) if tcp is not None else None
    try:
        from losslint.app.server.serving import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in (*NEEDS, "cattrs", "attrs", "attr"):
            raise
        complain('losslint server takes pygls: pip install "torch-losslint[server]"')
        return 2
    if address is not None:
        tell(f"losslint: waiting for a client at {tcp}\n")
    try:
        return serve(address)
    except OSError as error:
        complain(f"cannot listen at {tcp}: {error.strerror or error}")
        return 2


def _address(given: str) -> tuple[str, int]:
    host, _, port = given.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise click.BadParameter(f"{given!r} is no HOST:PORT", param_hint="--tcp")
    return host, int(port)
