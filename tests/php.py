"""Finds a PHP for the tests of modules, and gets one where there is none: `python -m tests.php`."""

from __future__ import annotations

import shutil
import sys
from functools import cache

from tests.packages import install, run

NAMES = ("php", "php8.4", "php8.3", "php8.2")
# Debian 12 has these versions; other releases another one, behind the names without a version.
CHOICES = (["php8.2-cli", "php8.2-curl"], ["php-cli", "php-curl"])
# As new as the tests know it to be old enough, with what the clients need.
FIT = 'exit(PHP_VERSION_ID >= 70400 && extension_loaded("curl") && extension_loaded("sodium") ? 0 : 1);'


@cache
def php_path() -> str | None:
    """The PHP on PATH that has curl and sodium."""
    return next((path for name in NAMES if (path := shutil.which(name)) and run([path, "-r", FIT])), None)


def main() -> int:
    """Have a PHP; 0 when there is one, else 1 and a sentence."""
    if not php_path():
        install("no PHP with curl and sodium on PATH", *CHOICES)
        php_path.cache_clear()
    if path := php_path():
        print(f"PHP for the tests: {path}")
        return 0
    print(
        "No PHP can be had, and the tests need one (7.4 or later, with curl and sodium): none on PATH, and the "
        "system's packages brought none. Install php-cli and php-curl and try again.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
