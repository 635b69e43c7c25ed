"""A real mongod as a child: a replica set of one, on loopback, journalled.

Its port is part of its data: a replica set names its members by address, and a member that comes
up elsewhere finds itself outside its own set. So the port is kept beside the data, and if another
program has it, the set is told the new address.
"""

from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from server.local.binaries import MONGOD, find
from server.local.directory import LOOPBACK, is_free
from server.local.embedded import EmbeddedServer

REPLICA_SET = "lanjian"
TRANSACTION_SECONDS = 15
CACHE_GIGABYTES = "0.25"  # the least WiredTiger takes; this is one machine's development server
PROBE_MILLISECONDS = 1000

NOT_YET_INITIALIZED = 94


class EmbeddedMongo(EmbeddedServer):
    """MongoDB for one machine, with all that needs a replica set: transactions, change streams."""

    name = "mongo"

    def __init__(self, var_dir: Path) -> None:
        super().__init__(var_dir)
        self._port = 0  # chosen at launch

    @property
    def uri(self) -> str:
        """Where clients connect; names no database. Stays the same over restarts."""
        return f"mongodb://{self._address()}/?replicaSet={REPLICA_SET}"

    def _address(self) -> str:
        port = self._port or self.directory.kept_port()
        if not port:
            raise RuntimeError("mongo has no port before its first launch")
        return f"{LOOPBACK}:{port}"

    def _command(self) -> list[str | Path]:
        self._port = self.directory.port()
        # Journalling cannot be turned off in a replica set, so there is no option for it here.
        return [
            *(find(MONGOD), "--replSet", REPLICA_SET, "--dbpath", self.directory.data),
            *("--port", str(self._port), "--bind_ip", LOOPBACK, "--nounixsocket"),
            *("--wiredTigerCacheSizeGB", CACHE_GIGABYTES, "--oplogSize", "256", "--quiet"),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
            # A server that died in the middle of a transaction holds what it wrote until this ends;
            # ours are given up after five seconds, and MongoDB's own limit is sixty.
            *("--setParameter", f"transactionLifetimeLimitSeconds={TRANSACTION_SECONDS}"),
            # There is no other member to hand over to; do not wait 15 s for one on SIGTERM.
            *("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100"),
        ]

    def _is_ready(self) -> bool:
        if is_free(self._port):  # nobody listens yet; the driver would pause 500 ms to find out
            return False
        options: dict[str, Any] = {
            "directConnection": True,
            "serverSelectionTimeoutMS": PROBE_MILLISECONDS,
            "connectTimeoutMS": PROBE_MILLISECONDS,
        }
        try:
            with MongoClient[dict[str, Any]](LOOPBACK, self._port, **options) as client:
                return self._is_primary(client)
        except PyMongoError:
            return False

    def _is_primary(self, client: MongoClient[dict[str, Any]]) -> bool:
        """Answer whether the only member is primary, initiating or moving the set if needed."""
        hello = client.admin.command("hello")
        if hello.get("isWritablePrimary"):
            return True
        try:
            config = client.admin.command("replSetGetConfig")["config"]
        except OperationFailure as error:
            if error.code == NOT_YET_INITIALIZED:
                client.admin.command("replSetInitiate", self._config())
            return False
        if config["members"][0]["host"] != self._address():
            config["members"][0]["host"] = self._address()
            config["version"] += 1
            client.admin.command("replSetReconfig", config, force=True)
        return False

    def _config(self) -> dict[str, Any]:
        return {
            "_id": REPLICA_SET,
            "members": [{"_id": 0, "host": self._address()}],
            # Nobody else votes: a short timeout only makes the return after a crash quicker.
            "settings": {"electionTimeoutMillis": 1000},
        }
