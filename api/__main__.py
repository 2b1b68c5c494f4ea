"""The command line: `python -m api COMMAND`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path

import uvicorn
from asyncpg import PostgresError
from tortoise.exceptions import BaseORMException

from api import clock, demo, doctor, signing
from api.caller import STAFF_SCOPES, Caller, Door, Scope
from api.first_texts import publish_first_texts
from api.i18n import translate
from api.jobs import run_for_ever, run_once
from api.models import database
from api.process import connected, prepare
from api.refusal import Refusal, UserErrorCode
from api.resolvers import catalog, releases
from api.resolvers.incoming_mail import answer_mail
from api.resolvers.staff import create_staff
from api.rules.incoming_mail import HEAD_BYTES
from api.schema.catalog import PublishReleaseInput
from api.schema.registering import Unfit, register, registered
from api.schema.root import schema
from api.settings import ROOT, Settings, SettingsError
from api.uploads import Uploaded

CALLER = Caller(door=Door.COMMAND)
# sysexits.h: a mail server keeps the message and comes again, where 1 would send it back to its writer.
TRY_LATER = 75


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m api", description="Ruhsat: customer portal and license server.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("serve", help="migrate, then serve the site, the API and the clock door")
    commands.add_parser("migrate", help="bring the database to this release; make the first legal texts")
    jobs = commands.add_parser("jobs", help="the clock door alone: letters, audit chain, retention")
    jobs.add_argument("--once", action="store_true", help="do what is due now, say what was done, and end")
    jobs.add_argument(
        "--as-of", type=_instant, metavar="INSTANT", help="with --once, as if it were then; not in production"
    )
    jobs.add_argument("--dry-run", action="store_true", help="with --once, only say what would be done")
    staff = commands.add_parser("create-staff", help="make a person staff; the last line printed is their token")
    staff.add_argument("email")
    staff.add_argument("--scope", action="append", choices=sorted(STAFF_SCOPES), help="instead of every staff scope")
    commands.add_parser("demo", help="make modules, customers and their history in a new database; not in production")
    export = commands.add_parser("export-schema", help="write the public GraphQL schema")
    export.add_argument("file", nargs="?", default=str(ROOT / "schema.graphql"))
    export.add_argument("--check", action="store_true", help="only say whether the file is up to date")
    release = commands.add_parser("release", help="publish a release of a product with its file")
    release.add_argument("product", help="its name in addresses")
    release.add_argument("version")
    release.add_argument("file", type=Path, help="a zip or tar.gz archive of at most 64 MiB")
    release.add_argument("--changelog", type=Path, metavar="FILE", help="what it changes, in Markdown")
    release.add_argument("--security", action="store_true", help="it mends a security fault")
    keys = commands.add_parser("keys", help="the keys that sign leases and releases")
    keys.add_argument("act", choices=["list", "rotate"], help="say which there are; let the next one sign from now on")
    answer = commands.add_parser("answer-mail", help="answer a message on standard input with where to write")
    answer.add_argument("--sender", metavar="ADDRESS", help="its envelope sender, as the mail server knows it")
    documents = commands.add_parser("documents", help="register GraphQL documents; without files, say which are")
    documents.add_argument("files", nargs="*", type=Path, metavar="FILE", help="a .graphql file, a folder, a manifest")
    documents.add_argument("--only", action="store_true", help="forget all others")
    commands.add_parser("doctor", help="say what is missing or unsafe")
    return parser


async def _migrate(settings: Settings) -> None:
    await database.migrate(settings.database_url)
    async with connected(settings):
        for title in await publish_first_texts(settings.vendor):
            print(f"published: {title}")
        if await signing.begin(CALLER):
            print("made the keys that sign leases")


async def _demo(settings: Settings) -> None:
    demo.refuse_elsewhere(settings)
    await _migrate(settings)
    async with connected(settings):
        await demo.make(settings, print)


async def _ready(settings: Settings) -> None:
    """Migrate; a new database of a demo gets its people, and each start says how to sign in as them."""
    await _migrate(settings)
    if settings.production or not settings.demo_data:
        return
    async with connected(settings):
        if await demo.is_new():
            await demo.make(settings, print)
        else:
            await demo.show_people(print)


def _instant(text: str) -> datetime:
    """An ISO 8601 instant with its offset."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        value = datetime.min  # noqa: DTZ901 - only tells that parsing failed
    if value.tzinfo is None:
        raise argparse.ArgumentTypeError("give an ISO 8601 instant with its offset, e.g. 2027-01-01T09:00:00Z")
    return value


async def _jobs(settings: Settings, *, once: bool, as_of: datetime | None, dry: bool) -> None:
    if (as_of or dry) and not once:
        raise SettingsError(["--as-of and --dry-run go with --once."])
    if as_of and settings.production:
        raise SettingsError(["--as-of is for demo only; production lives in the present."])
    async with connected(settings):
        if not once:
            await run_for_ever(settings)
            return
        with clock.stopped(as_of) if as_of else nullcontext():
            await run_once(settings, print, dry=dry)


async def _create_staff(settings: Settings, email: str, scopes: list[str] | None) -> None:
    await _migrate(settings)
    async with connected(settings):
        token = await create_staff(CALLER, email, [Scope(s) for s in scopes] if scopes else STAFF_SCOPES)
    print(f"{email} is staff; a link to set a password is on its way. This token is shown once:")
    print(token)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise SettingsError([f"{file} cannot be read: {error.strerror}."]) from None


async def _release(settings: Settings, arguments: argparse.Namespace) -> None:
    text = translate("tr", "downloads.plain_changelog", version=arguments.version)
    if arguments.changelog:
        text = _read(arguments.changelog).decode("utf-8", "replace")
    file = Uploaded.of(_read(arguments.file))
    await _migrate(settings)
    caller = replace(CALLER, scopes=frozenset({Scope.CATALOG_WRITE}))
    async with connected(settings):
        product = await catalog.product(caller, arguments.product)
        if product is None:
            raise Refusal.of(UserErrorCode.NOT_FOUND, "refusals.product_unknown")
        given = PublishReleaseInput(
            product_id=product.id,
            version=arguments.version,
            changelog=text,
            file=file,
            security=arguments.security,
        )
        made = (await releases.publish_release(caller, given)).release
    if made:
        print(f"{made.sha256}  {made.filename}")
        print(made.id)


async def _keys(settings: Settings, *, rotate: bool) -> None:
    await _migrate(settings)
    async with connected(settings):
        if rotate:
            await signing.rotate(CALLER)
        for key in await signing.published():
            until = f", leases until {key.until:%Y-%m-%d}" if key.until else ""
            print(f"{key.kid} {key.public} {key.state}{until}")


async def _documents(settings: Settings, files: list[Path], *, only: bool) -> None:
    if only and not files:
        raise SettingsError(["--only goes with files."])
    await _migrate(settings)
    async with connected(settings):
        if not files:
            for row in await registered():
                print(f"{row.sha256}  {row.registered_at:%Y-%m-%d}  {' '.join(row.text.split())[:60]}")
            return
        for sha256, source in (await register(CALLER, files, only=only)).items():
            print(f"{sha256}  {source}")


def _head_of_input() -> bytes:
    """The first bytes of standard input; the rest is read and dropped, so that no mail server meets a closed pipe."""
    head = sys.stdin.buffer.read(HEAD_BYTES)
    while sys.stdin.buffer.read(HEAD_BYTES):
        pass
    return head


async def _answer_mail(settings: Settings, sender: str | None) -> None:
    head = _head_of_input()
    async with connected(settings):
        why = await answer_mail(CALLER, head, sender)
    print(f"not answered: {why}" if why else "answered")


def _export(file: Path, *, check: bool) -> int:
    text = schema.as_str() + "\n"
    if check:
        same = file.exists() and file.read_text("utf-8") == text
        print("schema.graphql is up to date" if same else f"{file} differs from the code: run `make schema`")
        return 0 if same else 1
    file.write_text(text, "utf-8")
    return 0


def _serve(settings: Settings) -> None:
    asyncio.run(_ready(settings))
    # Named, not imported: the site is above this floor. Proxies are the application's affair.
    uvicorn.run(
        "web.app:from_environment",
        factory=True,
        host=settings.host,
        port=settings.port,
        http="web.wire:Protocol",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        ws="none",
        timeout_graceful_shutdown=10,
    )


def main() -> int:
    """Run one command; 0 when it did what it says, 1 when not, 2 for wrong usage."""
    arguments = _parser().parse_args()
    if isinstance(sys.stdout, TextIOWrapper):
        # Each line at once, also into a pipe or a log: `serve` goes on for ever.
        sys.stdout.reconfigure(line_buffering=True)
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
                asyncio.run(_jobs(settings, once=arguments.once, as_of=arguments.as_of, dry=arguments.dry_run))
            case "demo":
                asyncio.run(_demo(settings))
            case "release":
                asyncio.run(_release(settings, arguments))
            case "keys":
                asyncio.run(_keys(settings, rotate=arguments.act == "rotate"))
            case "documents":
                asyncio.run(_documents(settings, arguments.files, only=arguments.only))
            case "answer-mail":
                asyncio.run(_answer_mail(settings, arguments.sender))
            case "create-staff":
                asyncio.run(_create_staff(settings, arguments.email, arguments.scope))
    except (SettingsError, Unfit) as error:
        print(error, file=sys.stderr)
        return 1
    except Refusal as refusal:
        for problem in refusal.problems:
            print(translate("en", problem.message, **problem.values), file=sys.stderr)
        return 1
    except (OSError, PostgresError, BaseORMException) as error:
        print(f"The database cannot be used: {error or type(error).__name__}", file=sys.stderr)
        return TRY_LATER if arguments.command == "answer-mail" else 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
