"""Runs scripts with the PHP of the tests; whatever PHP complains of is a failure."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.php import php_path

HERE = Path(__file__).parent
# Every notice and deprecation goes to standard error, where none may be.
LOUD = ("-d", "error_reporting=-1", "-d", "display_errors=stderr", "-d", "log_errors=0")
PATIENCE_SECONDS = 60


def php(*arguments: str | Path, given: object = None) -> Any:
    """What a script of this folder, or `-r CODE`, prints as JSON; `given` comes to it as JSON on standard input."""
    path = php_path()
    assert path, "no PHP: run `python -m tests.php`"
    done = subprocess.run(  # noqa: S603 - PHP itself
        [path, *LOUD, *(str(argument) for argument in arguments)],
        cwd=HERE,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return json.loads(done.stdout)
