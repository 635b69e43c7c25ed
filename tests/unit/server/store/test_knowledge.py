"""The register of what every room knows of a person is whole: no collection can be forgotten."""

import importlib
import pkgutil
import re
from dataclasses import fields
from pathlib import Path

import server.store
from server.domain.invoices import InvoiceTexts
from server.store.centre.knowledge import KNOWLEDGE
from server.store.centre.knows import Fate
from server.store.centre.knows_nobody import KNOWS_NOBODY
from server.store.centre.open_matters import OPEN

ROOT = Path(server.store.__file__).parent

#: How stores open their collections: `database[NAME]`, `self._database["name"]`.
OPENS = re.compile(r"database\[(f?\"[^\"]+\"|[\w.]+)\]")


def opened():
    """Name every collection that a module of the stores opens."""
    found = {}
    for module in pkgutil.walk_packages([str(ROOT)], "server.store."):
        if module.ispkg:
            continue
        loaded = importlib.import_module(module.name)
        for given in OPENS.findall(Path(str(loaded.__file__)).read_text()):
            name = named(given, vars(loaded))
            if isinstance(name, str):
                found[name] = module.name
    return found


def named(given, names):
    """Give what an expression comes to; None for a variable over the register itself."""
    if '"' in given:
        text = given.lstrip("f").strip('"')
        return re.sub(r"\{(\w+)\}", lambda part: names[part[1]], text)
    first, *rest = given.split(".")
    value = names.get(first)
    for one in rest:
        value = getattr(value, one, None)
    return value


def test_every_collection_says_what_it_knows_of_people():
    known = {row.collection for row in KNOWLEDGE} | set(KNOWS_NOBODY)
    missing = {name: where for name, where in opened().items() if name not in known}
    assert missing == {}, "add a row to server/store/centre/knowledge.py or knows_nobody.py"


def test_no_row_is_of_a_collection_that_is_not_there():
    assert known_but_not_opened() == set()


def known_but_not_opened():
    return ({row.collection for row in KNOWLEDGE} | set(KNOWS_NOBODY)) - set(opened())


def test_a_collection_either_knows_people_or_nobody():
    assert {row.collection for row in KNOWLEDGE} & set(KNOWS_NOBODY) == set()


def test_what_is_cleared_is_named_and_what_is_kept_or_deleted_is_not():
    for row in KNOWLEDGE:
        assert bool(row.clears) == (row.fate is Fate.CLEARED), row.collection


def test_files_of_an_export_have_names_of_their_own():
    titles = [row.title for row in KNOWLEDGE if row.exported]
    assert len(set(titles)) == len(titles)


def test_what_others_are_found_by_goes_last():
    order = [row.collection for row in KNOWLEDGE]
    assert order[-1] == "people"
    of_accounts = [n for n, row in enumerate(KNOWLEDGE) if row.by == "account"]
    assert max(of_accounts) < order.index("wechat_accounts")
    assert order[0] == "sessions"


def test_open_matters_are_asked_of_collections_that_know_the_person():
    paths = {(row.collection, path) for row in KNOWLEDGE for path in row.paths}
    assert {(where.collection, where.path) for where in OPEN.values()} <= paths


#: How fields are sealed: `Place(COLLECTION, "phone", ...)`, `Place(COLLECTION, f"waybill.{name}"`.
SEALS = re.compile(r"Place\((?:collection=)?(\w+), f?\"(\w+)")


def sealed():
    """Name each collection's sealed fields, by their roots."""
    for folder in ("store", "services"):
        for file in (ROOT.parent / folder).rglob("*.py"):
            if not (found := SEALS.findall(file.read_text())):
                continue
            module = ".".join(("server", *file.relative_to(ROOT.parent).with_suffix("").parts))
            loaded = importlib.import_module(module)
            for constant, root in found:
                yield getattr(loaded, constant), root


def test_whatever_is_sealed_where_documents_stay_is_cleared():
    cleared = {row.collection: row.clears for row in KNOWLEDGE if row.fate is Fate.CLEARED}
    stay = [(name, root) for name, root in sealed() if name in cleared]
    assert {name for name, _ in stay} >= {"orders", "bookings"}
    assert [one for one in stay if one[1] not in cleared[one[0]]] == []
    assert {field.name for field in fields(InvoiceTexts)} <= set(cleared["invoices"])


def test_nothing_is_sealed_where_documents_are_only_kept():
    kept = {row.collection for row in KNOWLEDGE if row.fate is Fate.KEPT}
    kept -= {row.collection for row in KNOWLEDGE if row.fate is not Fate.KEPT}
    assert [one for one in sealed() if one[0] in kept] == []
