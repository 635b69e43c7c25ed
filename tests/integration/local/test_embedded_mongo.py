"""The embedded MongoDB through kills, restarts, stale files and a port taken away."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient, WriteConcern
from pymongo.collection import Collection

from server.local.directory import LOOPBACK
from server.local.errors import DirectoryInUse
from server.local.mongo import EmbeddedMongo

pytestmark = pytest.mark.slow

Document = dict[str, Any]


@contextmanager
def orders(server: EmbeddedMongo) -> Iterator[Collection[Document]]:
    with MongoClient[Document](server.uri) as client:
        concern = WriteConcern(w="majority", wtimeout=10_000)
        yield client.sample.get_collection("orders", write_concern=concern)


@contextmanager
def somebody_else_on(port: int) -> Iterator[None]:
    """Hold a port as an unrelated program would: it accepts, and hangs up at once."""
    with socketserver.TCPServer((LOOPBACK, port), socketserver.BaseRequestHandler) as other:
        thread = threading.Thread(target=other.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield
        other.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _reusable_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socketserver.TCPServer, "allow_reuse_address", True)


def test_it_offers_what_needs_a_replica_set(mongo_server: EmbeddedMongo) -> None:
    """Transactions and change streams work, so this is the MongoDB of production."""
    with orders(mongo_server) as collection:
        client = collection.database.client
        with collection.watch() as changes, client.start_session() as session:
            with session.start_transaction():
                collection.insert_one({"_id": 1}, session=session)
            assert changes.next()["documentKey"] == {"_id": 1}


def test_what_was_acknowledged_survives_a_kill(mongo_server: EmbeddedMongo) -> None:
    """The set finds itself again on its port, with the stale mongod.lock of a crash beside it."""
    uri = mongo_server.uri
    with orders(mongo_server) as collection:
        collection.insert_one({"_id": 1})
    mongo_server.kill()
    assert (mongo_server.directory.data / "mongod.lock").read_text()
    mongo_server.start()
    assert mongo_server.uri == uri
    with orders(mongo_server) as collection:
        assert collection.count_documents({}) == 1


def test_a_new_object_finds_the_port_of_its_data(mongo_server: EmbeddedMongo) -> None:
    """As `lanjian up` does the next day, after a clean stop."""
    with orders(mongo_server) as collection:
        collection.insert_one({"_id": 1})
    mongo_server.stop()
    with EmbeddedMongo(mongo_server.directory.path.parent) as again:
        assert again.uri == mongo_server.uri
        with orders(again) as collection:
            assert collection.count_documents({}) == 1


def test_a_set_whose_port_was_taken_moves_to_another(mongo_server: EmbeddedMongo) -> None:
    uri = mongo_server.uri
    with orders(mongo_server) as collection:
        collection.insert_one({"_id": 1})
    mongo_server.kill()
    port = mongo_server.directory.kept_port()
    assert port is not None
    with somebody_else_on(port):
        mongo_server.start()
        assert mongo_server.uri != uri
        with orders(mongo_server) as collection:
            assert collection.count_documents({}) == 1


def test_two_run_side_by_side(mongo_server: EmbeddedMongo, tmp_path: Path) -> None:
    with EmbeddedMongo(tmp_path / "other") as other, orders(other) as theirs:
        theirs.insert_one({"_id": 1})
        with orders(mongo_server) as ours:
            assert ours.count_documents({}) == 0


def test_a_second_one_on_the_same_directory_is_refused(mongo_server: EmbeddedMongo) -> None:
    second = EmbeddedMongo(mongo_server.directory.path.parent)
    with pytest.raises(DirectoryInUse), second.directory.held(deadline_seconds=0.05):
        pass
    with orders(mongo_server) as collection:
        assert collection.count_documents({}) == 0  # the first is unharmed
