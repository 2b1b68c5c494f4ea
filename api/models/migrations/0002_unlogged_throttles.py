"""Counters of limits need not survive a crash of PostgreSQL: without a log, counting waits for no disk."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor


async def _unlogged(_apps: object, editor: BaseSchemaEditor) -> None:
    if editor.client.capabilities.dialect == "postgres":
        await editor.client.execute_script("ALTER TABLE throttles SET UNLOGGED")


async def _logged(_apps: object, editor: BaseSchemaEditor) -> None:
    if editor.client.capabilities.dialect == "postgres":
        await editor.client.execute_script("ALTER TABLE throttles SET LOGGED")


class Migration(migrations.Migration):
    dependencies = [("ruhsat", "0001_initial")]

    operations = [ops.RunPython(_unlogged, _logged)]
