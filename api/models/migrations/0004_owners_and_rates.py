"""No license changes its owner (agreement 5.1.4), and the general VAT rates that are known."""

from datetime import date

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

# Decisions 2001/2344 and 7346 of the Council of Ministers and the President: 18 %, since 10 July 2023 20 %.
RATES = ((date(2001, 5, 15), 1800), (date(2023, 7, 10), 2000))

POSTGRES = """
CREATE FUNCTION refuse_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a license does not change its owner (5.1.4)' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER licenses_keep_their_owner BEFORE UPDATE OF account_id ON licenses FOR EACH ROW
WHEN (OLD.account_id IS DISTINCT FROM NEW.account_id) EXECUTE FUNCTION refuse_transfer();
"""
SQLITE = """
CREATE TRIGGER licenses_keep_their_owner BEFORE UPDATE OF account_id ON licenses
WHEN OLD.account_id IS NOT NEW.account_id
BEGIN SELECT RAISE(ABORT, 'a license does not change its owner (5.1.4)'); END;
"""


async def _forward(_apps: object, editor: BaseSchemaEditor) -> None:
    postgres = editor.client.capabilities.dialect == "postgres"
    await editor.client.execute_script(POSTGRES if postgres else SQLITE)
    for valid_from, rate_bp in RATES:
        await editor.client.execute_script(
            f"INSERT INTO vat_rates (valid_from, rate_bp) VALUES ('{valid_from}', {rate_bp})"
        )


async def _backward(_apps: object, editor: BaseSchemaEditor) -> None:
    on = " ON licenses" if editor.client.capabilities.dialect == "postgres" else ""
    await editor.client.execute_script(f"DROP TRIGGER licenses_keep_their_owner{on}")
    if on:
        await editor.client.execute_script("DROP FUNCTION refuse_transfer")
    await editor.client.execute_script("DELETE FROM vat_rates")


class Migration(migrations.Migration):
    dependencies = [("ruhsat", "0003_commerce")]

    operations = [ops.RunPython(_forward, _backward)]
