from tortoise import migrations
from tortoise.migrations import operations as ops
from api.models.ids import new_id
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('ruhsat', '0004_owners_and_rates')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Download',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('license', fields.ForeignKeyField('ruhsat.License', source_field='license_id', db_constraint=True, to_field='id', related_name='downloads', on_delete=OnDelete.CASCADE)),
                ('release', fields.ForeignKeyField('ruhsat.Release', source_field='release_id', db_constraint=True, to_field='id', related_name='downloads', on_delete=OnDelete.CASCADE)),
                ('token_hash', fields.CharField(unique=True, max_length=64)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ('begun_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('network', fields.CharField(null=True, max_length=43)),
                ('requests', fields.IntField(default=0)),
            ],
            options={'table': 'downloads', 'app': 'ruhsat', 'pk_attr': 'id', 'table_description': 'A link that somebody who may have a release asked for, with only the hash of its token.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Sighting',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('license', fields.ForeignKeyField('ruhsat.License', source_field='license_id', db_constraint=True, to_field='id', related_name='sightings', on_delete=OnDelete.CASCADE)),
                ('domain_ascii', fields.CharField(max_length=253)),
                ('network', fields.CharField(max_length=43)),
                ('refused', fields.BooleanField()),
                ('version', fields.CharField(default='', max_length=40)),
                ('count', fields.BigIntField(default=0)),
                ('first_seen', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('last_seen', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'sightings', 'app': 'ruhsat', 'unique_together': (('license', 'refused', 'domain_ascii', 'network'),), 'pk_attr': 'id', 'table_description': "Checks of a license from one domain and network, `refused` where the domain is not its own."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SigningKey',
            fields=[
                ('kid', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=16)),
                ('public', fields.CharField(max_length=43)),
                ('private_sealed', fields.BinaryField()),
                ('state', fields.CharField(max_length=8)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('signs_from', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('signed_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'signing_keys', 'app': 'ruhsat', 'pk_attr': 'kid', 'table_description': "A key pair with its private half sealed, named by the beginning of the SHA-256 of its public half."},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='ApiToken',
            name='last_used_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='License',
            name='moved_from_ascii',
            field=fields.CharField(null=True, max_length=253),
        ),
        ops.AddField(
            model_name='License',
            name='moved_until',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='LicenseEvent',
            name='domain',
            field=fields.CharField(null=True, max_length=253),
        ),
        ops.AddField(
            model_name='Product',
            name='covered_only',
            field=fields.BooleanField(default=False),
        ),
        ops.AddField(
            model_name='Product',
            name='legacy_product_id',
            field=fields.CharField(null=True, max_length=40),
        ),
        ops.AddField(
            model_name='Product',
            name='legacy_secret',
            field=fields.BinaryField(null=True),
        ),
        ops.AddField(
            model_name='Product',
            name='tells_owner',
            field=fields.BooleanField(default=False),
        ),
        ops.AddField(
            model_name='Product',
            name='version',
            field=fields.IntField(default=1),
        ),
        ops.AlterModelOptions(
            name='Release',
            options={'table': 'releases', 'app': 'ruhsat', 'unique_together': (('product', 'version'),), 'indexes': [Index(fields=['product_id', 'released_at'])], 'pk_attr': 'id', 'table_description': 'A version of a product: what it changes, when it came out, and its signed file once there is one.'},
        ),
        ops.AddField(
            model_name='Release',
            name='file_key',
            field=fields.CharField(null=True, max_length=120),
        ),
        ops.AddField(
            model_name='Release',
            name='filename',
            field=fields.CharField(null=True, max_length=160),
        ),
        ops.AddField(
            model_name='Release',
            name='signature',
            field=fields.CharField(null=True, max_length=200),
        ),
    ]
