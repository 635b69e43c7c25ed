"""Who may see which photo, and for how long: the whole table, deny by default."""

import pytest

from server.domain.people import Role
from server.domain.photos import TABLE, PhotoPurpose, PhotoUse, keep_seconds, may_read
from server.domain.rules import DAY, Rules

READERS = {
    PhotoPurpose.WAYBILL: {Role.REVIEWER, Role.OPERATOR, Role.FINANCE, Role.ADMIN},
    PhotoPurpose.REFUSAL: {Role.REVIEWER, Role.OPERATOR, Role.ADMIN},
    PhotoPurpose.ID_CARD: {Role.REVIEWER, Role.ADMIN},
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("purpose", READERS)
def test_a_role_reads_what_its_work_is_and_nothing_else(purpose, role):
    use = PhotoUse(purpose=purpose, subject="order:LJ1")
    assert may_read(frozenset({role}), use) is (role in READERS[purpose])


def test_nobody_else_reads_a_photo_that_serves_nothing():
    assert not may_read(frozenset(Role), None)


def test_every_kind_has_its_row_and_no_row_lets_outsiders_in():
    assert set(TABLE) == set(PhotoPurpose)
    outsiders = {Role.CUSTOMER, Role.COURIER, Role.OUTLET_STAFF}
    assert all(not rule.readers & outsiders for rule in TABLE.values())


def test_every_kind_is_kept_by_a_setting_of_its_own():
    rules = Rules(
        unused_photo_keep_seconds=1,
        waybill_photo_keep_seconds=2,
        refusal_photo_keep_seconds=3,
        certification_keep_seconds=4,
    )
    kinds = (None, PhotoPurpose.WAYBILL, PhotoPurpose.REFUSAL, PhotoPurpose.ID_CARD)
    assert [keep_seconds(kind, rules) for kind in kinds] == [1, 2, 3, 4]
    assert keep_seconds(None, Rules()) == DAY
