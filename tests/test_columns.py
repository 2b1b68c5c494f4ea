"""What a selection reads: no more columns and tables than its fields need, and no fewer."""

from __future__ import annotations

from typing import Any

from api.models import ids
from api.schema.catalog import Product
from api.schema.columns import EVERYTHING, NOTHING, Wanted, asking
from api.schema.licenses import License
from api.schema.root import schema
from tests.licensed import licensed
from tests.site import Site
from tests.statements import statements

_ALONE = {
    "supportRenewalQuote": "supportRenewalQuote { terms }",
    "installationRequest": "installationRequest { id }",
    "downloads": "downloads { nodes { version } }",
    "sightings": "sightings { nodes { domain } }",
    "movingFrom": "movingFrom { domain }",
    "events": "events { kind }",
    "product": "product { slug }",
    "account": "account { id }",
    "order": "order { number }",
    "price": "price { amount }",
    "priceWithTax": "priceWithTax { amount }",
    "supportRenewalPrice": "supportRenewalPrice { amount }",
    "category": "category { slug name }",
    "latestRelease": "latestRelease { version }",
    "releases": "releases { nodes { version } }",
}


def _fields(type_: type) -> list[str]:
    return list(schema._schema.type_map[type_.__name__].fields)  # type: ignore[union-attr]


async def test_each_field_of_a_license_is_answered_when_it_is_asked_for_alone(site: Site) -> None:
    own = await licensed(site)
    whole: dict[str, Any] = {}
    for name in _fields(License):
        document = f"{{ licenses {{ nodes {{ {_ALONE.get(name, name)} }} }} }}"
        (found,) = (await site.data(document, token=own.session))["licenses"]["nodes"]
        whole |= found
    every = " ".join(_ALONE.get(name, name) for name in _fields(License))
    (together,) = (await site.data(f"{{ licenses {{ nodes {{ {every} }} }} }}", token=own.session))["licenses"]["nodes"]
    assert together == whole
    assert whole["key"] == own.key


async def test_each_field_of_a_product_is_answered_when_it_is_asked_for_alone(site: Site) -> None:
    own = await licensed(site)
    every = " ".join(_ALONE.get(name, name) for name in _fields(Product))
    (whole,) = (await site.data(f"{{ products {{ nodes {{ {every} }} }} }}"))["products"]["nodes"]
    for name in _fields(Product):
        inner = _ALONE.get(name, name)
        (listed,) = (await site.data(f"{{ products {{ nodes {{ {inner} }} }} }}"))["products"]["nodes"]
        document = f"{{ licenses {{ nodes {{ product {{ {inner} }} }} }} }}"
        (hanging,) = (await site.data(document, token=own.session))["licenses"]["nodes"]
        assert listed[name] == hanging["product"][name] == whole[name], name


async def test_what_is_not_asked_for_is_not_read(site: Site) -> None:
    own = await licensed(site)
    with statements() as seen:
        await site.data("{ licenses { nodes { id domain product { slug } } } }", token=own.session)
    session, listed = seen
    assert "sessions" in session
    assert '"domain"' in listed
    assert '"slug"' in listed
    for absent in ("key_sealed", "status", "html", "prices"):
        assert absent not in listed
    with statements() as seen:
        await site.data("{ licenses { totalCount } }", token=own.session)
    assert [sql for sql in seen if "COUNT(" in sql]


async def test_a_list_costs_as_many_statements_as_it_has_levels(site: Site) -> None:
    own = await licensed(site)
    document = "{ licenses(first: 50) { nodes { id product { name category { name } price { amount } } } } }"
    for among in (1, 2, 3):
        with statements() as seen:
            found = (await site.data(document, token=own.session))["licenses"]["nodes"]
        assert len(found) == among
        # Session, licenses with products, shelves, prices.
        assert len(seen) == 4
        twin = await own.row()
        twin.id, twin.key_index, twin._saved_in_db = ids.new_id(), f"twin {among}", False
        await twin.save(force_create=True)


async def test_fragments_aliases_and_directives_are_read_whichever_way_they_go(site: Site) -> None:
    own = await licensed(site)
    document = """query ($with: Boolean!) { licenses { ...P edges { cursor node { d: domain } } } }
      fragment P on LicenseConnection { nodes { ... on License { k: key status @include(if: $with)
        one: product { slug } two: product { name } } } }"""
    for included in (True, False):
        page = (await site.data(document, {"with": included}, own.session))["licenses"]
        (node,) = page["nodes"]
        assert node["k"] == own.key
        assert ("status" in node) is included
        assert (node["one"], node["two"]) == ({"slug": "sms"}, {"name": "SMS Işık"})
        assert page["edges"][0]["node"] == {"d": None}


def test_a_secret_is_not_shown_by_repr() -> None:
    class Row:
        id = "1"

        def key(self) -> str:
            raise AssertionError("unsealed")

    assert "key" not in repr(License(row=Row(), caller=None, today=None, known=None)).split("row=")[0]  # type: ignore[arg-type]


def test_a_page_says_what_it_shows() -> None:
    shown = asking("nodes.domain", "nodes.product.name", "nodes.product.slug", "pageInfo").of_nodes()
    assert shown.columns(License) == {"domain", "product_id"}
    assert shown.of("product").columns(Product) == {"name", "slug"}


def test_wanted_joins_what_is_asked_in_several_places() -> None:
    one, two = Wanted({"status": NOTHING}), Wanted({"product": Wanted({"slug": NOTHING})})
    assert (one | two).columns(License) == {"status", "product_id"}
    assert (one | EVERYTHING).columns(License) is None
    assert two.of("product").columns(Product) == {"slug"}
    assert Wanted({"supportRenewalQuote": NOTHING}).columns(License) is None
    assert NOTHING.columns(License) == frozenset()
    assert EVERYTHING.of("nodes", "product") is EVERYTHING
    assert not NOTHING.any_of("nodes")
