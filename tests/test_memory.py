"""What strangers send leaves nothing behind that grows."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from graphql import parse

from api.schema import plans
from api.schema.plans import Plans
from api.schema.root import schema
from web.app import COLLECTED_AT

DOCUMENTS = 150


@pytest.fixture
def collected_as_served() -> Iterator[None]:
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AT)
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


async def test_documents_that_are_refused_are_forgotten(collected_as_served: None) -> None:
    held = []
    for number in range(DOCUMENTS):
        fields = " ".join(f"f{number}_{place}: products {{ nodes {{ slug name summary }} }}" for place in range(60))
        result = await schema.execute(f"{{ {fields} }}", context_value={})
        assert result.errors
        held.append(len(gc.get_objects()))
    # Each leaves some 5,000 objects in cycles; all together would be several times this.
    assert max(held) < 300_000


def test_plans_are_kept_by_what_they_take() -> None:
    kept = Plans()
    for number in range(plans.MOST_OPERATIONS + 50):
        text = f"{{ categories {{ slug }} }} #{number}"
        assert kept.keep(schema, text, None, parse(text))
    assert len(kept._known) == plans.MOST_OPERATIONS
    for number in range(30):
        fields = " ".join(f"f{place}: categories {{ id slug name }}" for place in range(150))
        text = f"{{ {fields} }} #{number}"
        assert kept.keep(schema, text, None, parse(text))
        assert sum(one.size for one in kept._known.values()) == kept._bytes <= plans.MOST_BYTES
    assert len(kept._known) < 30
    comment = "#" + "😀" * 90_000 + "\n{ categories { slug } }"
    assert kept.keep(schema, comment, None, parse(comment))
    # A text is counted once, however often it comes.
    before = kept._bytes
    assert kept.keep(schema, comment, None, parse(comment))
    assert kept._bytes == before
