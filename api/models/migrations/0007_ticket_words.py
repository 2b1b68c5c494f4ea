"""The words that tickets are found by, in an order of bytes that no database's language changes (decision 0017)."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

TABLE = """
CREATE TABLE ticket_words (
    ticket_id {key} NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    word VARCHAR(40) COLLATE {bytes} NOT NULL,
    source SMALLINT NOT NULL,
    PRIMARY KEY (ticket_id, word, source)
){rest};
CREATE INDEX idx_ticket_words_by_word ON ticket_words (source, word, ticket_id);
"""


async def _forward(_apps: object, editor: BaseSchemaEditor) -> None:
    if editor.client.capabilities.dialect == "postgres":
        await editor.client.execute_script(TABLE.format(key="UUID", bytes='"C"', rest=""))
    else:
        # The rows lie in the primary key itself: there is nothing else in them.
        await editor.client.execute_script(TABLE.format(key="CHAR(36)", bytes="BINARY", rest=" WITHOUT ROWID"))


async def _backward(_apps: object, editor: BaseSchemaEditor) -> None:
    await editor.client.execute_script("DROP TABLE ticket_words")


class Migration(migrations.Migration):
    dependencies = [("ruhsat", "0006_tickets")]

    operations = [ops.RunPython(_forward, _backward)]
