"""Ask a web process of this machine whether it is well: for health checks in containers, which have no curl."""

import os
import sys
from urllib.error import URLError
from urllib.request import Request, urlopen

SECONDS = 4


def is_well(address: str, allowed_hosts: str) -> bool:
    """Whether `address` answers 200 when it is asked under a name that the site allows (comma-separated list)."""
    host = allowed_hosts.partition(",")[0].strip().lstrip("*.") or "localhost"
    try:
        with urlopen(Request(address, headers={"Host": host}), timeout=SECONDS) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(0 if is_well(sys.argv[1], os.environ.get("ALLOWED_HOSTS", "")) else 1)
