"""Findings in words, Chinese first: which field, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping

from server.domain.bookings.papers import Finding, PaperKind

Words = tuple[str, str]

PAPERS: Mapping[PaperKind, Words] = {
    PaperKind.ID_CARD: ("身份证", "ID card"),
    PaperKind.VEHICLE_LICENCE: ("行驶证", "vehicle licence"),
}

FIELDS: Mapping[tuple[PaperKind, str], Words] = {
    **{
        (PaperKind.ID_CARD, name): words
        for name, words in {
            "name": ("姓名", "name"),
            "sex": ("性别", "sex"),
            "ethnicity": ("民族", "ethnicity"),
            "birth": ("出生日期", "date of birth"),
            "address": ("住址", "address"),
            "number": ("公民身份号码", "ID number"),
            "photo": ("照片", "photo"),
        }.items()
    },
    **{
        (PaperKind.VEHICLE_LICENCE, name): words
        for name, words in {
            "plate": ("号牌号码", "plate"),
            "type": ("车辆类型", "vehicle type"),
            "owner": ("所有人", "owner"),
            "address": ("住址", "address"),
            "use": ("使用性质", "use"),
            "model": ("品牌型号", "model"),
            "vin": ("车辆识别代号", "VIN"),
            "engine": ("发动机号码", "engine number"),
            "registered": ("注册日期", "date of registration"),
            "issued": ("发证日期", "date of issue"),
            "photo": ("照片", "photo"),
        }.items()
    },
}

RULES: Mapping[str, Words] = {
    "missing": (
        "没有识别到，请补填或重拍",
        "was not found; please fill it in or take the photo again",
    ),
    "real_name": ("不是有效的姓名", "is no name"),
    "differs_from_typed": ("与填写的姓名不一致", "differs from the name in the form"),
    "sex": ("应为男或女", "should be 男 or 女"),
    "differs_from_number": ("与身份证号码不一致", "differs from the ID number"),
    "ethnicity": ("不在民族名录中，请核对", "is not in the list; please check"),
    "date": ("不是有效的日期", "is no date"),
    "future": ("晚于今天", "is later than today"),
    "before_registered": ("早于注册日期", "is before the registration"),
    "id_number": ("应为 18 位号码", "should have 18 places"),
    "id_birthday": ("所含出生日期无效", "has no valid birthday in it"),
    "id_checksum": (
        "校验位不对，请核对每一位",
        "has a wrong check digit; please compare each place",
    ),
    "id_age": ("所含年龄不合理", "has an impossible age in it"),
    "unknown_area": ("地区码少见，请核对", "has an unusual area code; please check"),
    "plate": ("不是有效的车牌", "is no plate"),
    "vehicle_type": ("少见的车辆类型，由工作人员核对", "is unusual; staff will look at it"),
    "vin": ("应为 17 位，不含 I、O、Q", "should have 17 places without I, O and Q"),
    "vin_check_digit": (
        "校验位不符，请核对（进口车可能不同）",
        "has another check digit; please compare",
    ),
    "engine_number": ("格式少见，请核对", "is unusual; please check"),
    "owner_is_company": (
        "为单位，到店请带授权材料",
        "is a company; please bring its authorisation",
    ),
    "owner_is_another": (
        "与身份证姓名不同，工作人员可能会问您与车主的关系",
        "is another person; staff may ask how you are related",
    ),
    "plate_differs": ("与填写的车牌不一致", "differs from the plate in the form"),
    "not_read": (
        "未能识别，请补填、重拍，或等工作人员核对",
        "could not be read; fill in the fields, take another, or let staff look",
    ),
    "both_papers": ("两张证件用了同一张照片", "is the same for both papers"),
    "used_before": ("与本人其他预约的照片相同", "was used for another booking of the same person"),
    "of_another_person": ("与他人预约的证件照片相同", "was used for another person's booking"),
}


def words_of(finding: Finding) -> Words:
    """Write a finding in both languages."""
    paper, field = PAPERS[finding.paper], FIELDS[finding.paper, finding.field]
    rule = RULES[finding.rule]
    return f"{paper[0]}{field[0]}：{rule[0]}", f"{paper[1]}, {field[1]}: {rule[1]}"
