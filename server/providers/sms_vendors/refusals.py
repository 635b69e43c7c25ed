"""The vendors' codes in our words, and what a failure tells of the text.

Our rules, as `ProviderFailed.rule`:

    limit_minute, limit_hour, limit_day   the number got too many
    limit_site                            our account's own limit of a day or month
    number                                no number, or one that wants no texts
    template, signature, content          not approved, or not fitting
    balance, account, rate                no money; keys, permission, clock; too fast
    refused                               refused in another way
    not_connected                         nobody was reached: nothing was sent
    no_answer, bad_answer                 nobody knows whether it was sent

Sources: Aliyun's error table (developers' copies of it) and the table in Tencent's own SDK.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Nobody knows whether a text was sent.
UNKNOWN = frozenset({"no_answer", "bad_answer"})

#: About the number and not about the vendor: another vendor is no way round it.
OF_NUMBER = frozenset({"limit_minute", "limit_hour", "limit_day", "number"})

ALIYUN: Mapping[str, str] = {
    "isv.MOBILE_NUMBER_ILLEGAL": "number",
    "isv.MOBILE_COUNT_OVER_LIMIT": "number",
    "isv.DOMESTIC_NUMBER_NOT_SUPPORTED": "number",
    "isv.DAY_LIMIT_CONTROL": "limit_site",
    "isv.MONTH_LIMIT_CONTROL": "limit_site",
    "isv.SMS_TEMPLATE_ILLEGAL": "template",
    "isv.TEMPLATE_MISSING_PARAMETERS": "template",
    "isv.TEMPLATE_PARAMS_ILLEGAL": "template",
    "isv.INVALID_JSON_PARAM": "template",
    "isv.INVALID_PARAMETERS": "template",
    "isv.PARAM_LENGTH_LIMIT": "template",
    "isv.PARAM_NOT_SUPPORT_URL": "template",
    "isv.SMS_SIGNATURE_ILLEGAL": "signature",
    "isv.SMS_SIGN_ILLEGAL": "signature",
    "isv.SIGN_STATE_ILLEGAL": "signature",
    "isv.SIGN_NAME_ILLEGAL": "signature",
    "isv.SMS_SIGNATURE_SCENE_ILLEGAL": "signature",
    "isv.SMS_CONTENT_ILLEGAL": "content",
    "isv.BLACK_KEY_CONTROL_LIMIT": "content",
    "isv.AMOUNT_NOT_ENOUGH": "balance",
    "isv.OUT_OF_SERVICE": "balance",
    "isv.ACCOUNT_NOT_EXISTS": "account",
    "isv.ACCOUNT_ABNORMAL": "account",
    "isv.SECURITY_FROZEN_ACCOUNT": "account",
    "isv.PRODUCT_UN_SUBSCRIPT": "account",
    "isv.PRODUCT_UNSUBSCRIBE": "account",
    "isv.DENY_IP_RANGE": "account",
    "isp.RAM_PERMISSION_DENY": "account",
    "isv.RAM_PERMISSION_DENY": "account",
    "SignatureDoesNotMatch": "account",
    "IncompleteSignature": "account",
    "InvalidTimeStamp.Expired": "account",
    "InvalidTimeStamp.Format": "account",
}

#: The vendor tells the kind of BUSINESS_LIMIT_CONTROL in its message only: 触发天级流控Permits:10.
ALIYUN_WINDOWS = {"分钟": "limit_minute", "小时": "limit_hour", "天": "limit_day"}

#: Beginnings of codes that do not stand in a table; the first that fits tells.
ALIYUN_FAMILIES = {
    "InvalidAccessKeyId": "account",
    "Forbidden": "account",
    "NoPermission": "account",
    "Throttling": "rate",
    "MissingParameter": "refused",
    "Missing": "refused",
    "InvalidAction": "refused",
    "InvalidVersion": "refused",
    "InvalidParameter": "refused",
    "isv.": "refused",
}

TENCENT: Mapping[str, str] = {
    "LimitExceeded.PhoneNumberThirtySecondLimit": "limit_minute",
    "LimitExceeded.PhoneNumberOneHourLimit": "limit_hour",
    "LimitExceeded.PhoneNumberDailyLimit": "limit_day",
    "LimitExceeded.PhoneNumberSameContentDailyLimit": "limit_day",
    "LimitExceeded.DeliveryFrequencyLimit": "limit_minute",
    "LimitExceeded.AppDailyLimit": "limit_site",
    "LimitExceeded.AppMainlandChinaDailyLimit": "limit_site",
    "LimitExceeded.DailyLimit": "limit_site",
    "FailedOperation.PhoneNumberInBlacklist": "number",
    "FailedOperation.PhoneNumberParseFail": "number",
    "InvalidParameterValue.IncorrectPhoneNumber": "number",
    "FailedOperation.TemplateIncorrectOrUnapproved": "template",
    "FailedOperation.TemplateIdNotExist": "template",
    "FailedOperation.TemplateUnapprovedOrNotExist": "template",
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": "template",
    "FailedOperation.MissingTemplateList": "template",
    "InvalidParameterValue.TemplateParameterFormatError": "template",
    "InvalidParameterValue.TemplateParameterLengthLimit": "template",
    "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter": "template",
    "FailedOperation.SignatureIncorrectOrUnapproved": "signature",
    "FailedOperation.MissingSignature": "signature",
    "FailedOperation.MissingSignatureList": "signature",
    "FailedOperation.ContainSensitiveWord": "content",
    "FailedOperation.InsufficientBalanceInSmsPackage": "balance",
    "UnauthorizedOperation.ServiceSuspendDueToArrears": "balance",
    "InternalError.RequestTimeException": "account",
    "InternalError.SigFieldMissing": "account",
    "InternalError.SigVerificationFail": "account",
    # "其他错误": the vendor itself does not say what happened.
    "FailedOperation.OtherError": "no_answer",
    "FailedOperation.ParametersOtherError": "no_answer",
}

TENCENT_FAMILIES = {
    "AuthFailure": "account",
    "UnauthorizedOperation": "account",
    "RequestLimitExceeded": "rate",
    "LimitExceeded": "refused",
    "FailedOperation": "refused",
    "InvalidParameter": "refused",
    "MissingParameter": "refused",
    "InvalidAction": "refused",
    "UnsupportedOperation": "refused",
    "UnknownParameter": "refused",
}


def of_aliyun(code: str, message: str) -> str:
    """Give our rule for a code of Aliyun; one that nobody knows leaves the outcome unknown."""
    if code == "isv.BUSINESS_LIMIT_CONTROL":
        found = (rule for word, rule in ALIYUN_WINDOWS.items() if word in message)
        return next(found, "limit_day")
    return ALIYUN.get(code) or _by_family(code, ALIYUN_FAMILIES)


def of_tencent(code: str) -> str:
    """Give our rule for a code of Tencent; one that nobody knows leaves the outcome unknown."""
    return TENCENT.get(code) or _by_family(code, TENCENT_FAMILIES)


def _by_family(code: str, families: Mapping[str, str]) -> str:
    return next((rule for start, rule in families.items() if code.startswith(start)), "no_answer")
