"""Each field's form, by a table of what recognisers give."""

import pytest

from server.providers.ocr import values


@pytest.mark.parametrize(
    ("cleaner", "text", "value"),
    [
        (values.name, "样 例甲", "样例甲"),
        (values.name, ":样例甲.", "样例甲"),
        (values.name, "阿样•例甲", "阿样·例甲"),
        (values.name, "样", ""),
        (values.sex, "男民族汉", "男"),
        (values.sex, "", ""),
        (values.ethnicity, "漢", "汉"),
        (values.ethnicity, "滿族", "满"),
        (values.ethnicity, "維吾尔", "维吾尔"),
        (values.ethnicity, "维吾示", "维吾尔"),
        (values.ethnicity, "汊", ""),  # one character is not guessed
        (values.ethnicity, "", ""),
        (values.day, "1990年5月1日", "1990-05-01"),
        (values.day, "1990 年 12 月 31 日", "1990-12-31"),
        (values.day, "2O24-01-O2", "2024-01-02"),
        (values.day, "2024.01.02", "2024-01-02"),
        (values.day, "20240102", "2024-01-02"),
        (values.day, "2021-12-20察支队", "2021-12-20"),
        (values.day, "2021-02-30", ""),
        (values.day, "2021", ""),
        (values.id_number, "440101 19900501 123x", "44010119900501123X"),
        (values.id_number, "44O1O1199005O11234", "440101199005011234"),
        (values.id_number, "44010119900501123", "44010119900501123"),  # people mend it
        (values.id_number, "4401011990", ""),
        (values.plate, "粤Z·D12345", "粤ZD12345"),
        (values.plate, "粵ZD12345", "粤ZD12345"),
        (values.plate, "粤ZQ0353", "粤ZQ0353"),
        (values.plate, "粤ZO0I53", "粤Z00153"),
        (values.plate, "号牌粤Z12345 小型", "粤Z12345"),
        (values.plate, "粤Z123456", "粤Z12345"),
        (values.plate, "粤Z123", "粤Z123"),
        (values.plate, "Z12345", ""),
        (values.vin, "L0TP6SEW4BN574855", "L0TP6SEW4BN574855"),
        (values.vin, "VIN LOTP6SEW4BN574855", "L0TP6SEW4BN574855"),
        (values.vin, "代号L0TP6SEW4BN574855", "L0TP6SEW4BN574855"),
        (values.vin, "L0TP6SEW4BN57485", "L0TP6SEW4BN57485"),  # people mend it
        (values.vin, "L0TP6", ""),
        (values.engine, "EV 123-4567", "EV123-4567"),
        (values.engine, "12", ""),
        (values.model, "样例牌 SL7000BEV", "样例牌SL7000BEV"),
        (values.use, "非營運", "非营运"),
        (values.use, "非菅运", "非营运"),
        (values.use, "营运", "营运"),
        (values.vehicle_type, "小型轿车", "小型轿车"),
        (values.vehicle_type, "小型桥车", "小型轿车"),
        (values.vehicle_type, "小型新物种", "小型新物种"),
        (values.owner, "样例(示范)有限公司", "样例（示范）有限公司"),
        (values.address, "样例省 示范市1号-2#", "样例省示范市1号-2#"),
    ],
)
def test_values(cleaner, text, value):
    assert cleaner(text) == value
