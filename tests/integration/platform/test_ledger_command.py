"""`lanjian ledger check` as a program: right books, then one posting that is not."""

import json
from datetime import UTC, datetime
from typing import Any

from pymongo import MongoClient

from tests.integration.platform.programs import site


async def test_the_command_proves_the_books_or_names_what_is_wrong(
    tmp_path, mongo_uri, mongo_db_name, redis_url
):
    async with site(tmp_path, mongo_uri, mongo_db_name, redis_url) as here:
        right = here.run("ledger", "check", "--json")
        assert right.returncode == 0, right.stderr
        assert json.loads(right.stdout)["ok"] is True
        lines = [{"account": "suspense", "fen": 1}, {"account": "bank", "fen": -2}]
        stray = {"_id": "suspense:x", "order": None, "at": datetime.now(UTC), "lines": lines}
        with MongoClient[dict[str, Any]](here.environment["LANJIAN_MONGODB_URI"]) as client:
            client[here.environment["LANJIAN_DATABASE"]]["ledger"].insert_one(stray)
        wrong = here.run("ledger", "check")
        assert wrong.returncode == 1
        assert "BAD suspense:x (sum)" in wrong.stdout and "NOT right" in wrong.stdout
