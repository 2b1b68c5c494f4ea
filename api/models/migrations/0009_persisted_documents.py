"""GraphQL documents that are registered at deploy (decision 0020)."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("ruhsat", "0008_catalog_version")]

    operations = [
        ops.CreateModel(
            name="PersistedDocument",
            fields=[
                ("sha256", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ("text", fields.TextField(unique=False)),
                ("registered_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "persisted_documents",
                "app": "ruhsat",
                "pk_attr": "sha256",
                "table_description": "A document under the SHA-256 of its text, in hex: what a hash names never changes.",
            },
            bases=["Model"],
        ),
    ]
