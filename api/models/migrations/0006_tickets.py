from tortoise import migrations
from tortoise.migrations import operations as ops
from api.models.ids import new_id, new_number
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('ruhsat', '0005_license_server')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Announcement',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('kind', fields.CharField(max_length=20)),
                ('title', fields.CharField(max_length=200)),
                ('body', fields.TextField(unique=False)),
                ('html', fields.TextField(unique=False)),
                ('product', fields.ForeignKeyField('ruhsat.Product', source_field='product_id', null=True, db_constraint=True, to_field='id', related_name='announcements', on_delete=OnDelete.RESTRICT)),
                ('published_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('published_by', fields.ForeignKeyField('ruhsat.Person', source_field='published_by_id', null=True, db_constraint=True, to_field='id', related_name='announcements', on_delete=OnDelete.RESTRICT)),
                ('starts_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('ends_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('maximum_minutes', fields.IntField(null=True)),
                ('withdrawn_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('letters_wait', fields.BooleanField(default=False)),
                ('written_to', fields.UUIDField(null=True)),
            ],
            options={'table': 'announcements', 'app': 'ruhsat', 'indexes': [Index(fields=['published_at']), Index(fields=['kind', 'ends_at'])], 'pk_attr': 'id', 'table_description': 'One announcement. A SUPPORT_EXTENSION is the extension itself: there is none without its announcement.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='CannedAnswer',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('title', fields.CharField(unique=True, max_length=120)),
                ('body', fields.TextField(unique=False)),
                ('kind', fields.CharField(null=True, max_length=12)),
                ('sort_key', fields.CharField(db_index=True, max_length=120)),
                ('changed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('changed_by', fields.ForeignKeyField('ruhsat.Person', source_field='changed_by_id', null=True, db_constraint=True, to_field='id', related_name='canned_answers', on_delete=OnDelete.RESTRICT)),
            ],
            options={'table': 'canned_answers', 'app': 'ruhsat', 'pk_attr': 'id', 'table_description': 'A text that staff answer with often. Its variables are filled in when it is taken.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='CatalogVersion',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('version', fields.CharField(max_length=36)),
            ],
            options={'table': 'catalog_versions', 'app': 'ruhsat', 'pk_attr': 'id', 'table_description': 'One row. Triggers on categories, products, prices, releases and VAT rates give it a new random text.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Ticket',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('number', fields.CharField(default=new_number, unique=True, max_length=12)),
                ('account', fields.ForeignKeyField('ruhsat.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='tickets', on_delete=OnDelete.RESTRICT)),
                ('license', fields.ForeignKeyField('ruhsat.License', source_field='license_id', null=True, db_constraint=True, to_field='id', related_name='tickets', on_delete=OnDelete.RESTRICT)),
                ('kind', fields.CharField(max_length=12)),
                ('subject', fields.CharField(max_length=200)),
                ('status', fields.CharField(max_length=24)),
                ('priority', fields.CharField(max_length=8)),
                ('opened_by_staff', fields.BooleanField(default=False)),
                ('opened_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('first_answer_due_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('first_answered_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('waiting_since', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('due_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('last_message_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('closed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('assignee', fields.ForeignKeyField('ruhsat.Person', source_field='assignee_id', null=True, db_constraint=True, to_field='id', related_name='assigned_tickets', on_delete=OnDelete.RESTRICT)),
                ('rating', fields.IntField(null=True)),
                ('rating_comment', fields.CharField(null=True, max_length=500)),
                ('merged_into', fields.ForeignKeyField('ruhsat.Ticket', source_field='merged_into_id', null=True, db_constraint=True, to_field='id', related_name='merged', on_delete=OnDelete.RESTRICT)),
                ('last_position', fields.IntField(default=0)),
            ],
            options={'table': 'tickets', 'app': 'ruhsat', 'indexes': [Index(fields=['account_id', 'last_message_at', 'id']), Index(fields=['account_id', 'status', 'last_message_at', 'id']), Index(fields=['last_message_at', 'id']), Index(fields=['status', 'last_message_at', 'id']), Index(fields=['due_at', 'id']), Index(fields=['assignee_id', 'due_at', 'id']), Index(fields=['license_id', 'status'])], 'pk_attr': 'id', 'table_description': "A conversation between one account and the vendor's people. It belongs to a registered account, always (8)."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='TicketMessage',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('ticket', fields.ForeignKeyField('ruhsat.Ticket', source_field='ticket_id', db_constraint=True, to_field='id', related_name='messages', on_delete=OnDelete.RESTRICT)),
                ('position', fields.IntField()),
                ('kind', fields.CharField(max_length=8)),
                ('audience', fields.CharField(max_length=8)),
                ('event', fields.CharField(null=True, max_length=24)),
                ('details', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('author', fields.ForeignKeyField('ruhsat.Person', source_field='author_id', null=True, db_constraint=True, to_field='id', related_name='ticket_messages', on_delete=OnDelete.RESTRICT)),
                ('author_name', fields.CharField(max_length=160)),
                ('from_staff', fields.BooleanField()),
                ('body', fields.TextField(default='', unique=False)),
                ('html', fields.TextField(default='', unique=False)),
                ('sent_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'ticket_messages', 'app': 'ruhsat', 'unique_together': (('ticket_id', 'position'),), 'indexes': [Index(fields=['ticket_id', 'audience', 'position'])], 'pk_attr': 'id', 'table_description': "One entry of a ticket's stream, append-only: a message, an internal note or an event, for an audience."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Attachment',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('uploader', fields.ForeignKeyField('ruhsat.Person', source_field='uploader_id', db_constraint=True, to_field='id', related_name='attachments', on_delete=OnDelete.RESTRICT)),
                ('account', fields.ForeignKeyField('ruhsat.Account', source_field='account_id', null=True, db_constraint=True, to_field='id', related_name='attachments', on_delete=OnDelete.RESTRICT)),
                ('message', fields.ForeignKeyField('ruhsat.TicketMessage', source_field='message_id', null=True, db_constraint=True, to_field='id', related_name='attachments', on_delete=OnDelete.RESTRICT)),
                ('filename', fields.CharField(max_length=255)),
                ('content_type', fields.CharField(max_length=100)),
                ('size', fields.BigIntField()),
                ('sha256', fields.CharField(max_length=64)),
                ('file_key', fields.CharField(unique=True, max_length=80)),
                ('scan', fields.CharField(default='UNSCANNED', max_length=10)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'attachments', 'app': 'ruhsat', 'indexes': [Index(fields=['message_id', 'created_at']), Index(fields=['uploader_id', 'created_at']), Index(fields=['account_id', 'created_at'])], 'pk_attr': 'id', 'table_description': 'A file, first of whoever uploaded it, then of the message that took it. Only ever served as a download.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='AttachmentLink',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('attachment', fields.ForeignKeyField('ruhsat.Attachment', source_field='attachment_id', db_constraint=True, to_field='id', related_name='links', on_delete=OnDelete.CASCADE)),
                ('token_hash', fields.CharField(unique=True, max_length=64)),
                ('expires_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ('used_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'attachment_links', 'app': 'ruhsat', 'pk_attr': 'id', 'table_description': 'A link by which a program downloads an attachment once, with only the hash of its token.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ConductCase',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('account', fields.ForeignKeyField('ruhsat.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='conduct_cases', on_delete=OnDelete.RESTRICT)),
                ('measure', fields.CharField(max_length=10)),
                ('status', fields.CharField(max_length=10)),
                ('reason', fields.CharField(max_length=500)),
                ('evidence', fields.ManyToManyField('ruhsat.TicketMessage', unique=True, db_constraint=True, through='conduct_evidence', forward_key='ticketmessage_id', backward_key='conduct_cases_id', related_name='conduct_cases', on_delete=OnDelete.RESTRICT)),
                ('proposed_by', fields.ForeignKeyField('ruhsat.Person', source_field='proposed_by_id', db_constraint=True, to_field='id', related_name='conduct_proposals', on_delete=OnDelete.RESTRICT)),
                ('proposed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('decided_by', fields.ForeignKeyField('ruhsat.Person', source_field='decided_by_id', null=True, db_constraint=True, to_field='id', related_name='conduct_decisions', on_delete=OnDelete.RESTRICT)),
                ('decided_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('decision_reason', fields.CharField(null=True, max_length=500)),
            ],
            options={'table': 'conduct_cases', 'app': 'ruhsat', 'indexes': [Index(fields=['status', 'proposed_at']), Index(fields=['account_id', 'proposed_at'])], 'pk_attr': 'id', 'table_description': 'A proposal to suspend or terminate an account, and what became of it.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='TicketPresence',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('ticket', fields.ForeignKeyField('ruhsat.Ticket', source_field='ticket_id', db_constraint=True, to_field='id', related_name='presences', on_delete=OnDelete.CASCADE)),
                ('person', fields.ForeignKeyField('ruhsat.Person', source_field='person_id', db_constraint=True, to_field='id', related_name='presences', on_delete=OnDelete.CASCADE)),
                ('seen_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ('writing_since', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'ticket_presences', 'app': 'ruhsat', 'unique_together': (('ticket_id', 'person_id'),), 'pk_attr': 'id', 'table_description': 'Who of staff has a ticket before them, so that two do not answer at once.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='TicketPromise',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('ticket', fields.ForeignKeyField('ruhsat.Ticket', source_field='ticket_id', db_constraint=True, to_field='id', related_name='promises', on_delete=OnDelete.RESTRICT)),
                ('started_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('minutes', fields.IntField()),
                ('due_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('extension', fields.ForeignKeyField('ruhsat.Announcement', source_field='extension_id', null=True, db_constraint=True, to_field='id', related_name='promises', on_delete=OnDelete.RESTRICT)),
                ('warned_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('outcome', fields.CharField(null=True, max_length=10)),
            ],
            options={'table': 'ticket_promises', 'app': 'ruhsat', 'indexes': [Index(fields=['ticket_id', 'started_at']), Index(fields=['due_at']), Index(fields=['outcome', 'due_at'])], 'pk_attr': 'id', 'table_description': "One promise of an answer (8.1): from a customer's message that waits for staff to the first public answer."},
            bases=['Model'],
        ),
    ]
