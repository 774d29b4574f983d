"""Starts the AWS emulator with every gap closed that our template would fall into.

`cargo xtask up` runs this; a person rarely does. The emulator is `ministack`, whose inside `mends.py` and
`rights.py` change by name: that holds for one version only, so any other is refused.
"""

import ipaddress
import os
import sys
from importlib import metadata

MENDED_VERSION = "1.5.33"


def version_complaint(installed: str | None) -> str | None:
    """Why this version of the emulator cannot be used, or None."""
    if installed == MENDED_VERSION:
        return None
    found = f"ministack {installed}" if installed else "no ministack"
    return (
        f"{found} is installed, but dev/cloud mends ministack {MENDED_VERSION} only: install "
        "dev/cloud/requirements.txt, or go through mends.py and rights.py for the new version"
    )


def bind_complaint(host: str) -> str | None:
    """Why the emulator must not listen on this address, or None. It knows no secrets worth the name."""
    try:
        if host == "localhost" or ipaddress.ip_address(host).is_loopback:
            return None
    except ValueError:
        pass
    return f"BIND_HOST={host or '(unset)'} would open the emulator to the network: use 127.0.0.1"


def main() -> int:
    try:
        installed = metadata.version("ministack")
    except metadata.PackageNotFoundError:
        installed = None
    for complaint in (version_complaint(installed), bind_complaint(os.environ.get("BIND_HOST", ""))):
        if complaint:
            print(f"launcher: {complaint}", file=sys.stderr)
            return 2

    # Listeners we have no use for; the first opens a port on every interface and costs half of the boot.
    os.environ.setdefault("IOT_MTLS_ENABLED", "0")
    os.environ.setdefault("SFTP_ENABLED", "0")

    import mends
    import rights

    mends.apply_all()
    rights.apply_all()
    if path := os.environ.get("RECORD_TO"):
        import record

        record.apply_all(path)

    import ministack.app

    return ministack.app.main() or 0


if __name__ == "__main__":
    sys.exit(main())
