"""Says what is missing or unsafe in an installation, a line each."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from api import audit, clock
from api.gateways.files import FilesAway, store_for
from api.gateways.scanner import ScannerAway, scanner_for
from api.models.letters import Letter
from api.process import connected, prepare
from api.rules.provinces import DISTRICTS_FILE
from api.settings import ROOT, Settings, SettingsError, kept_secret, load

_LATE = timedelta(minutes=5)
_LITTLE_SPACE = 200 * 1024 * 1024
_VENDORED = ("htmx.min.js", "graphiql.min.js", "districts.json")


async def examine() -> int:
    """Print findings; 0 when nothing is wrong, 1 otherwise."""
    try:
        settings = load()
    except SettingsError as error:
        print("\n".join(f"wrong: {problem}" for problem in error.problems))
        return 1
    wrong = [finding async for finding in _findings(settings)]
    for finding in wrong:
        print(f"wrong: {finding}")
    for note in _notes(settings):
        print(f"note: {note}")
    if not wrong:
        print("nothing is wrong")
    return 1 if wrong else 0


async def _findings(settings: Settings) -> AsyncIterator[str]:
    for name in _VENDORED:
        if not (ROOT / "static" / "vendor" / name).exists():
            yield f"static/vendor/{name} is missing: run `make setup`."
    if not DISTRICTS_FILE.exists():
        yield "The list of districts is missing: run `make setup`."
    key = kept_secret(settings)
    if not settings.secret_key and key.exists() and stat.S_IMODE(key.stat().st_mode) & 0o077:
        yield f"{key.name} can be read by others: chmod 600."
    folder = Path(urlsplit(settings.database_url).path).parent
    if (
        settings.database_url.startswith("sqlite")
        and folder.exists()
        and shutil.disk_usage(folder).free < _LITTLE_SPACE
    ):
        yield "Less than 200 MB are free beside the database."
    settings = prepare(settings)
    async for finding in _in_database(settings):
        yield finding
    try:
        await store_for(settings.files_url).look()
    except FilesAway:
        yield "The file store cannot be used: see FILES_URL and the line above."
    try:
        await scanner_for(settings.attachments.scan_url).look()
    except ScannerAway:
        yield "The scanner cannot be used, so no attachment is taken: see SCAN_URL and the line above."


async def _in_database(settings: Settings) -> AsyncIterator[str]:
    try:
        async with connected(settings):
            late = await Letter.filter(due_at__lt=clock.now() - _LATE).count()
            if late:
                yield f"{late} letters wait for more than 5 minutes: is `python -m api jobs` or `serve` running?"
            lost = await Letter.filter(due_at=None, sent_at=None).count()
            if lost:
                yield f"{lost} letters could not be delivered; `letters.outcome` says why."
            broken = await audit.first_break()
            if broken:
                yield f"The audit chain of {broken} does not fit its entries: somebody changed the record."
    except Exception as error:
        yield f"The database cannot be used ({type(error).__name__}): run `python -m api migrate`."


def _unbilled(settings: Settings) -> list[str]:
    """What keeps the vendor from billing: where to pay, and who a seller is (VUK art. 230)."""
    notes = []
    if not settings.billing.bank_accounts:
        notes.append("BANK_ACCOUNTS is not set: nobody can pay an invoice by transfer.")
    empty = [name for name in ("tax_office", "tax_number") if not getattr(settings.vendor, name)]
    if empty:
        notes.append("Invoices lack what VUK asks for: " + ", ".join(f"VENDOR_{n.upper()}" for n in empty))
    return notes


def _notes(settings: Settings) -> list[str]:
    notes = []
    if not settings.production:
        notes.append("This is a demo: ENVIRONMENT is not production.")
        if settings.host not in {"127.0.0.1", "::1", "localhost"}:
            notes.append("A demo listens beyond this machine (HOST).")
    elif not settings.base_url.startswith("https://"):
        notes.append("BASE_URL is not https: cookies are Secure and browsers will not send them.")
    vendor = settings.vendor
    empty = [name for name in ("phone", "address", "kep", "mersis") if not getattr(vendor, name)]
    if empty:
        notes.append(
            "Law 6563 asks for contact data that are not set: " + ", ".join(f"VENDOR_{n.upper()}" for n in empty)
        )
    if settings.production:
        notes += _unbilled(settings)
    if os.geteuid() == 0:
        notes.append("This runs as root; a service should have a user of its own.")
    return notes
