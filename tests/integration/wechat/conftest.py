"""`given`: what a `world` is made of."""

import pytest


@pytest.fixture
def given(tmp_path, provider_folder, mongo_uri, mongo_db_name, redis_url):
    return tmp_path, provider_folder, mongo_uri, mongo_db_name, redis_url
