"""What a module of the old protocol is told (licensing.md 2.6): no personal data, unless the product says otherwise."""

from __future__ import annotations

from collections.abc import Mapping

from api import clock, loaders
from api.models import ids
from api.models.accounts import Account
from api.models.licenses import License
from api.rules import old_protocol as wire
from api.validating import Checked


async def answered(found: Checked, form: Mapping[str, str]) -> str:
    """The answer's text; `form`: what was sent, whose values are echoed as they came where the license runs."""
    secret = found.product.secret if found.product else None
    proof = wire.md5hash(secret, form.get("check_token", ""))
    if not found.decision.valid:
        status, message = wire.REFUSALS[found.decision.code]
        return wire.lines((("status", status), ("message", message), ("md5hash", proof)))
    return wire.lines((("status", wire.ACTIVE), *await _of_owner(found), *_of_license(found, form), ("md5hash", proof)))


def _of_license(found: Checked, form: Mapping[str, str]) -> list[tuple[str, str]]:
    row, product, asked = found.row, found.product, found.decision.domain
    if row is None or product is None or asked is None:
        raise RuntimeError("only a valid check is told of its license")
    latest = found.latest
    return [
        ("serviceid", ids.public(License.PREFIX, row.id)),
        ("productid", product.legacy_id),
        ("productname", product.name),
        ("regdate", wire.registered_on(row.activated_at and clock.local(row.activated_at).date())),
        # The license itself never ends; its support does, and is an add-on.
        ("nextduedate", wire.NEVER),
        ("billingcycle", "One Time"),
        ("validdomain", wire.valid_domains(form.get("domain", ""), asked.ascii)),
        ("validip", form.get("ip", "")),
        ("validdirectory", form.get("dir", "")),
        ("addons", wire.addons(found.support_until, active=found.support_active)),
        ("latestversion", latest.version if latest else ""),
        ("latestreleased", clock.local(latest.released_at).date().isoformat() if latest else ""),
        ("lease", found.lease or ""),
    ]


async def _of_owner(found: Checked) -> list[tuple[str, str]]:
    """The owner, for products whose modules show it; their address is masked."""
    if found.row is None or found.product is None or not found.product.tells_owner:
        return []
    account = await Account.get(id=found.row.account_id)
    owner = await loaders.owner_of(account.id)
    local, _, host = owner.email.partition("@")
    return [
        ("registeredname", f"{owner.first_name} {owner.last_name}".strip()),
        ("companyname", account.company_name or ""),
        ("email", f"{local[:1]}***@{host}"),
    ]
