"""What stands on made-up papers: ID cards and vehicle licences of nobody, by a seed.

Nobody's by form: surnames that are none, areas that no province has (99....), plates of letters
that no city was given, VINs of a maker (L0.) that does not exist. All checks of
`server/domain/bookings/checks.py` hold.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from server.domain.bookings.checks import vin_check
from server.domain.bookings.papers import IdCard, VehicleLicence
from server.domain.documents import id_check

SURNAMES = "样例测试范"
GIVEN = "明华伟芳秀英敏静丽强磊军洋勇艳杰娟涛超霞平刚桂文辉玲宇浩凯琳雪晨曦梓涵怡佳甲乙丙丁"
PLACES = ("示范", "样例", "测试", "模拟", "虚构", "假想")
ROADS = ("解放大道", "人民路", "新建街", "创业路", "科技二路", "滨江东路", "学府街", "工业北路")
PROVINCES = ("广东省", "四川省", "湖北省", "浙江省", "黑龙江省", "贵州省", "江苏省", "甘肃省")
ETHNICITIES = (
    *("汉",) * 12,
    *("回", "满", "壮", "苗", "彝", "藏", "侗", "瑶", "白", "维吾尔", "蒙古", "土家", "朝鲜"),
)

#: Provinces in which no plate begins with these letters.
FREE_LETTERS = {
    **dict.fromkeys("宁青琼津沪渝藏", "WXYZ"),
    **dict.fromkeys("冀豫云辽黑湘皖新苏浙赣鄂桂甘晋蒙陕吉闽贵", "Z"),
}
PLATE_MARKS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
ENERGY = "ABCDEFGHJK"
VIN_MARKS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
TYPES = ("小型轿车", "小型普通客车", "轻型厢式货车", "小型越野客车", "微型轿车", "中型普通客车")
USES = ("非营运", "营运", "预约出租客运", "租赁", "货运", "出租转非")
MAKES = ("样例牌SL", "示范牌SF", "测试牌CS", "虚构牌XGN", "模拟牌MN")


def id_card(chance: Random) -> IdCard:
    """Make one ID card's front up."""
    sex = chance.choice("男女")
    born = date(1950, 1, 1) + timedelta(days=chance.randrange(20_000))
    serial = chance.randrange(100, 1000) // 2 * 2 + (sex == "男")
    digits = f"99{chance.randrange(10_000):04}{born:%Y%m%d}{min(serial, 999):03}"
    return IdCard(
        name=_name(chance),
        sex=sex,
        ethnicity=chance.choice(ETHNICITIES),
        birth=born.isoformat(),
        address=_address(chance),
        number=digits + id_check(digits),
    )


def vehicle_licence(chance: Random) -> VehicleLicence:
    """Make one vehicle licence's front up."""
    registered = date(2012, 1, 1) + timedelta(days=chance.randrange(4_900))
    later = chance.choice((0, 0, 1, 5, chance.randrange(300)))
    is_company = chance.random() < 0.25
    return VehicleLicence(
        plate=_plate(chance),
        type=chance.choice(TYPES),
        owner=_company(chance) if is_company else _name(chance),
        address=_address(chance),
        use=chance.choice(USES),
        model=f"{chance.choice(MAKES)}{chance.randrange(1000, 9999)}{_marks(chance, 3)}",
        vin=_vin(chance),
        engine=_engine(chance),
        registered=registered.isoformat(),
        issued=(registered + timedelta(days=later)).isoformat(),
    )


def _name(chance: Random) -> str:
    surname = chance.choice(SURNAMES)
    if chance.random() < 0.06:
        return f"{surname}{_of(chance, GIVEN, 2)}·{_of(chance, GIVEN, 3)}"
    return surname + _of(chance, GIVEN, chance.choice((1, 2, 2, 2)))


def _company(chance: Random) -> str:
    trade = chance.choice(("新能源汽车服务", "物流", "汽车租赁", "供应链管理"))
    return f"{chance.choice(PLACES)}市{chance.choice(PLACES)}{trade}有限公司"


def _address(chance: Random) -> str:
    """Make up an address, long enough for two lines more often than not."""
    city, county = chance.sample(PLACES, 2)
    whole = f"{chance.choice(PROVINCES)}{city}市{county}{chance.choice('区县')}"
    whole += f"{chance.choice(ROADS)}{chance.randrange(1, 999)}号"
    if chance.random() < 0.6:
        whole += f"{chance.randrange(1, 30)}栋{chance.randrange(1, 5)}单元"
        whole += f"{chance.randrange(101, 2900)}室"
    return whole


def _plate(chance: Random) -> str:
    province = chance.choice(tuple(FREE_LETTERS))
    start = province + chance.choice(FREE_LETTERS[province])
    form = chance.random()
    if form < 0.3:  # new energy, small
        mark = chance.choice(PLATE_MARKS + "0123456789")
        return f"{start}{chance.choice(ENERGY)}{mark}{chance.randrange(10_000):04}"
    if form < 0.45:  # new energy, large
        return f"{start}{chance.randrange(100_000):05}{chance.choice(ENERGY)}"
    return start + _of(chance, PLATE_MARKS + "0123456789" * 3, 5)


def _vin(chance: Random) -> str:
    start, end = f"L0{_of(chance, VIN_MARKS, 6)}", _of(chance, VIN_MARKS, 2) + _digits(chance, 6)
    return start + vin_check(f"{start}0{end}") + end


def _engine(chance: Random) -> str:
    return _of(chance, VIN_MARKS, chance.choice((2, 4))) + _digits(chance, chance.choice((5, 7)))


def _marks(chance: Random, count: int) -> str:
    return _of(chance, "ABCDEFGHJKLMNPRSTUVWXYZ", count)


def _digits(chance: Random, count: int) -> str:
    return _of(chance, "0123456789", count)


def _of(chance: Random, alphabet: str, count: int) -> str:
    return "".join(chance.choice(alphabet) for _ in range(count))
