"""The catalog's version, which the database renews with each change of what is sold."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

TABLES = ("categories", "products", "prices", "releases", "vat_rates")

# Deferred to the end of a transaction: the row is the last that it locks, so that two never wait for each other.
POSTGRES = """
CREATE FUNCTION renew_catalog_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN UPDATE catalog_versions SET version = gen_random_uuid()::text; RETURN NULL; END $$;
"""
POSTGRES_EACH = """
CREATE CONSTRAINT TRIGGER {table}_renew_catalog_version AFTER INSERT OR UPDATE OR DELETE ON {table}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION renew_catalog_version();
"""
SQLITE_EACH = """
CREATE TRIGGER {table}_{act}_renews_catalog_version AFTER {act} ON {table}
BEGIN UPDATE catalog_versions SET version = lower(hex(randomblob(16))); END;
"""


def _script(*, postgres: bool) -> str:
    if postgres:
        return POSTGRES + "".join(POSTGRES_EACH.format(table=table) for table in TABLES)
    acts = ("insert", "update", "delete")
    return "".join(SQLITE_EACH.format(table=table, act=act) for table in TABLES for act in acts)


async def _forward(_apps: object, editor: BaseSchemaEditor) -> None:
    await editor.client.execute_script("INSERT INTO catalog_versions (id, version) VALUES (1, 'first')")
    await editor.client.execute_script(_script(postgres=editor.client.capabilities.dialect == "postgres"))


async def _backward(_apps: object, editor: BaseSchemaEditor) -> None:
    if editor.client.capabilities.dialect == "postgres":
        await editor.client.execute_script("DROP FUNCTION renew_catalog_version CASCADE")
        return
    for table in TABLES:
        for act in ("insert", "update", "delete"):
            await editor.client.execute_script(f"DROP TRIGGER {table}_{act}_renews_catalog_version")


class Migration(migrations.Migration):
    dependencies = [("ruhsat", "0007_ticket_words")]

    operations = [ops.RunPython(_forward, _backward)]
