"""The command line: `python -m api COMMAND`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

import uvicorn
from asyncpg import PostgresError
from tortoise.exceptions import BaseORMException

from api import doctor
from api.caller import STAFF_SCOPES, Caller, Door, Scope
from api.first_texts import publish_first_texts
from api.i18n import translate
from api.jobs import run_for_ever, run_once
from api.models import database
from api.process import connected, prepare
from api.refusal import Refusal
from api.resolvers.staff import create_staff
from api.schema.root import schema
from api.settings import ROOT, Settings, SettingsError

CALLER = Caller(door=Door.COMMAND)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m api", description="Ruhsat: customer portal and license server.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("serve", help="migrate, then serve the site, the API and the clock door")
    commands.add_parser("migrate", help="bring the database to this release; make the first legal texts")
    jobs = commands.add_parser("jobs", help="the clock door alone: letters, audit chain, retention")
    jobs.add_argument("--once", action="store_true", help="do what is due now, say what was done, and end")
    staff = commands.add_parser("create-staff", help="make a person staff; the last line printed is their token")
    staff.add_argument("email")
    staff.add_argument("--scope", action="append", choices=sorted(STAFF_SCOPES), help="instead of every staff scope")
    export = commands.add_parser("export-schema", help="write the public GraphQL schema")
    export.add_argument("file", nargs="?", default=str(ROOT / "schema.graphql"))
    export.add_argument("--check", action="store_true", help="only say whether the file is up to date")
    commands.add_parser("doctor", help="say what is missing or unsafe")
    return parser


async def _migrate(settings: Settings) -> None:
    await database.migrate(settings.database_url)
    async with connected(settings):
        for title in await publish_first_texts(settings.vendor):
            print(f"published: {title}")


async def _jobs(settings: Settings, *, once: bool) -> None:
    async with connected(settings):
        await (run_once(settings, print) if once else run_for_ever(settings))


async def _create_staff(settings: Settings, email: str, scopes: list[str] | None) -> None:
    await _migrate(settings)
    async with connected(settings):
        token = await create_staff(CALLER, email, [Scope(s) for s in scopes] if scopes else STAFF_SCOPES)
    print(f"{email} is staff; a link to set a password is on its way. This token is shown once:")
    print(token)


def _export(file: Path, *, check: bool) -> int:
    text = schema.as_str() + "\n"
    if check:
        same = file.exists() and file.read_text("utf-8") == text
        print("schema.graphql is up to date" if same else f"{file} differs from the code: run `make schema`")
        return 0 if same else 1
    file.write_text(text, "utf-8")
    return 0


def _serve(settings: Settings) -> None:
    asyncio.run(_migrate(settings))
    # Named, not imported: the site is above this floor. Proxies are the application's affair.
    uvicorn.run(
        "web.app:from_environment",
        factory=True,
        host=settings.host,
        port=settings.port,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        ws="none",
        timeout_graceful_shutdown=10,
    )


def main() -> int:
    """Run one command; 0 when it did what it says, 1 when not, 2 for wrong usage."""
    arguments = _parser().parse_args()
    if arguments.command == "export-schema":
        return _export(Path(arguments.file), check=arguments.check)
    try:
        if arguments.command == "doctor":
            return asyncio.run(doctor.examine())
        settings = prepare()
        match arguments.command:
            case "serve":
                _serve(settings)
            case "migrate":
                asyncio.run(_migrate(settings))
            case "jobs":
                asyncio.run(_jobs(settings, once=arguments.once))
            case "create-staff":
                asyncio.run(_create_staff(settings, arguments.email, arguments.scope))
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    except Refusal as refusal:
        for problem in refusal.problems:
            print(translate("en", problem.message, **problem.values), file=sys.stderr)
        return 1
    except (OSError, PostgresError, BaseORMException) as error:
        print(f"The database cannot be used: {error or type(error).__name__}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
