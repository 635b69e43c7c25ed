"""The callback: what WeChat sends is read, and nothing else gets in."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
import xmltodict
from hypothesis import given
from hypothesis import strategies as some

from server.domain.errors import BadNotice
from server.providers.wechat.callback import MAX_BYTES, REASONS, Callback
from server.providers.wechat.events import (
    Article,
    Choice,
    Clicked,
    Located,
    Scanned,
    ScanResult,
    Sent,
    Subscribed,
    SubscriptionChoice,
    SubscriptionSent,
    TemplateDone,
    TextMessage,
    Unknown,
    Unsubscribed,
    Viewed,
)
from tests.builders import NOON
from tests.unit.server.providers.wechat import theirs

FIVE_MINUTES = timedelta(seconds=300)


def callback(mode: str = "both", **changes) -> Callback:
    return Callback(theirs.config(mode, **changes), theirs.draw)


def reason(query: dict, raw: bytes, *, mode: str = "both", now: datetime = NOON) -> str | None:
    with pytest.raises(BadNotice) as caught:
        callback(mode).read(query, raw, now)
    return caught.value.rule


READ = [
    (theirs.event("subscribe"), Subscribed()),
    (theirs.event("subscribe", "<EventKey></EventKey>"), Subscribed()),
    (
        theirs.event("subscribe", "<EventKey><![CDATA[qrscene_visit:V1]]></EventKey>"),
        Subscribed(scene="visit:V1"),
    ),
    (
        theirs.event("subscribe", "<EventKey><![CDATA[last_trade_no_1]]></EventKey>"),
        Subscribed(),
    ),
    (theirs.event("SCAN", "<EventKey><![CDATA[visit:V1]]></EventKey>"), Scanned(scene="visit:V1")),
    (theirs.event("unsubscribe"), Unsubscribed()),
    (
        theirs.event(
            "LOCATION",
            "<Latitude>23.137466</Latitude><Longitude>113.352425</Longitude>"
            "<Precision>119.385040</Precision>",
        ),
        Located(latitude=23.137466, longitude=113.352425, precision_metres=119.38504),
    ),
    (theirs.event("CLICK", "<EventKey><![CDATA[my_orders]]></EventKey>"), Clicked(key="my_orders")),
    (
        theirs.event("VIEW", "<EventKey><![CDATA[https://a.example/]]></EventKey>"),
        Viewed(url="https://a.example/"),
    ),
    (
        theirs.event(
            "scancode_waitmsg",
            "<EventKey><![CDATA[6]]></EventKey><ScanCodeInfo><ScanType><![CDATA[barcode]]>"
            "</ScanType><ScanResult><![CDATA[CODE_128,SF1234567890123]]></ScanResult>"
            "</ScanCodeInfo>",
        ),
        ScanResult(key="6", text="CODE_128,SF1234567890123", kind="barcode", waits=True),
    ),
    (
        theirs.event(
            "scancode_push",
            "<EventKey><![CDATA[6]]></EventKey><ScanCodeInfo><ScanType><![CDATA[qrcode]]>"
            "</ScanType><ScanResult><![CDATA[1]]></ScanResult></ScanCodeInfo>",
        ),
        ScanResult(key="6", text="1", kind="qrcode", waits=False),
    ),
    *(
        (
            theirs.event(
                "TEMPLATESENDJOBFINISH",
                f"<MsgID>200163836</MsgID><Status><![CDATA[{told}]]></Status>",
            ),
            TemplateDone(msgid="200163836", status=status),
        )
        for told, status in (
            ("success", "delivered"),
            ("failed:user block", "blocked"),
            ("failed: system failed", "failed"),
        )
    ),
    (
        theirs.event(
            "subscribe_msg_popup_event",
            "<SubscribeMsgPopupEvent>"
            "<List><TemplateId>T1</TemplateId><SubscribeStatusString>accept"
            "</SubscribeStatusString><PopupScene>1</PopupScene></List>"
            "<List><TemplateId>T2</TemplateId><SubscribeStatusString>reject"
            "</SubscribeStatusString><PopupScene>1</PopupScene></List>"
            "</SubscribeMsgPopupEvent>",
        ),
        SubscriptionChoice(
            choices=(
                Choice(template_id="T1", accepted=True),
                Choice(template_id="T2", accepted=False),
            ),
            changed=False,
        ),
    ),
    (
        theirs.event(
            "subscribe_msg_change_event",
            "<SubscribeMsgChangeEvent><List><TemplateId>T1</TemplateId><SubscribeStatusString>"
            "reject</SubscribeStatusString></List></SubscribeMsgChangeEvent>",
        ),
        SubscriptionChoice(choices=(Choice(template_id="T1", accepted=False),), changed=True),
    ),
    (
        theirs.event(
            "subscribe_msg_sent_event",
            "<SubscribeMsgSentEvent><List><TemplateId>T1</TemplateId><MsgID>17</MsgID>"
            "<ErrorCode>0</ErrorCode><ErrorStatus>success</ErrorStatus></List>"
            "</SubscribeMsgSentEvent>",
        ),
        SubscriptionSent(results=(Sent(template_id="T1", msgid="17", code=0),)),
    ),
    (
        theirs.xml("<MsgType>text</MsgType><Content><![CDATA[你好]]></Content><MsgId>1</MsgId>"),
        TextMessage(text="你好"),
    ),
    (
        theirs.xml("<MsgType>image</MsgType><PicUrl>x</PicUrl><MsgId>2</MsgId>"),
        Unknown(kind="image", is_event=False),
    ),
    (theirs.event("brand_new_event"), Unknown(kind="brand_new_event", is_event=True)),
]


@pytest.mark.parametrize("deliver", [theirs.plain, theirs.aes])
@pytest.mark.parametrize(("text", "wanted"), READ)
def test_each_kind_of_message_is_read(text, wanted, deliver):
    incoming = callback().read(*deliver(text), NOON)
    assert incoming.event == wanted
    assert (incoming.openid, incoming.created_at) == (theirs.OPENID, NOON)
    assert incoming.encrypted is (deliver is theirs.aes)


def test_wechatpys_vector_of_a_signature_passes():
    ours = callback("plain", token="test")
    query = {"signature": "f21891de399b4e33a1a93c9a7b8a8fffb5a443ff"}
    query |= {"timestamp": "1410685589", "nonce": "test", "echostr": "echo-1"}
    at = datetime.fromtimestamp(1410685589, UTC)
    assert ours.echo(query, at) == "echo-1"
    with pytest.raises(BadNotice):
        ours.echo({**query, "signature": "f21891de399b4e33a1a93c9a7b8a8fffb5a443fe"}, at)


def test_wechatpys_vector_of_an_encrypted_message_opens():
    """The vector's account is a company's, whose id stands where ours has gh_..."""
    ours = callback("aes", token="123456", app_id="wx49f0ab532d5d035a")
    encrypt = (
        "RgqEoJj5A4EMYlLvWO1F86ioRjZfaex/gePD0gOXTxpsq5Yj4GNglrBb8I2BAJVODGajiFnXBu7mCPatfjsu6IHC"
        "rsTyeDXzF6Bv283dGymzxh6ydJRvZsryDyZbLTE7rhnus50qGPMfp2wASFlzEgMW9z1ef/RD8XzaFYgm7iTdaXpX"
        "aG4+BiYyolBug/gYNx410cvkKR2/nPwBiT+P4hIiOAQqGp/TywZBtDh1yCF2KOd0gpiMZ5jSw3e29mTvmUHzkVQi"
        "MS6td7vXUaWOMZnYZlF3So2SjHnwh4jYFxdgpkHHqIrH/54SNdshoQgWYEvccTKe7FS709/5t6NMxuGhcUGAPOQi"
        "pvWTT4dShyqio7mlsl5noTrb++x6En749zCpQVhDpbV6GDnTbcX2e8K9QaNWHp91eBdCRxthuL0="
    )
    query = {"msg_signature": "74d92dfeb87ba7c714f89d98870ae5eb62dff26d", "encrypt_type": "aes"}
    query |= {"timestamp": "1411525903", "nonce": "461056294"}
    raw = f"<xml><Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>".encode()
    at = datetime.fromtimestamp(1411525903, UTC)
    with pytest.raises(BadNotice) as caught:
        ours.read(query, raw, at)
    assert caught.value.rule == "app"  # opened and parsed; only the account is another's
    account = callback(
        "aes", token="123456", app_id="wx49f0ab532d5d035a", original_id="wx49f0ab532d5d035a"
    )
    incoming = account.read(query, raw, at)
    assert (incoming.openid, incoming.event) == ("messense", TextMessage(text="test"))


def test_wechats_own_example_of_a_choice_is_read():
    """From the page about pushes of subscription notices in WeChat's documents."""
    text = """<xml>
    <ToUserName><![CDATA[gh_123456789abc]]></ToUserName>
    <FromUserName><![CDATA[otFpruAK8D-E6EfStSYonYSBZ8_4]]></FromUserName>
    <CreateTime>1610969440</CreateTime>
    <MsgType><![CDATA[event]]></MsgType>
    <Event><![CDATA[subscribe_msg_popup_event]]></Event>
    <SubscribeMsgPopupEvent>
        <List>
            <TemplateId><![CDATA[VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3_3gz3Oc0NIc]]></TemplateId>
            <SubscribeStatusString><![CDATA[accept]]></SubscribeStatusString>
            <PopupScene>2</PopupScene>
        </List>
        <List>
            <TemplateId><![CDATA[9nLIlbOQZC5Y89AZteFEux3WCXRRRG5Wfzkpssu4bLI]]></TemplateId>
            <SubscribeStatusString><![CDATA[reject]]></SubscribeStatusString>
            <PopupScene>2</PopupScene>
        </List>
    </SubscribeMsgPopupEvent>
</xml>"""
    ours = callback(original_id="gh_123456789abc")
    event = ours.read(*theirs.plain(text), NOON).event
    assert isinstance(event, SubscriptionChoice)
    assert [choice.accepted for choice in event.choices] == [True, False]


def test_a_repetition_has_the_same_key_and_another_nonce():
    text = theirs.event("SCAN", "<EventKey>visit:V1</EventKey>")
    first = callback().read(*theirs.plain(text), NOON)
    again = callback().read(*theirs.plain(text, nonce="another"), NOON)
    assert first.key == again.key
    assert first.nonce != again.nonce
    assert theirs.OPENID not in first.key


def test_two_events_have_two_keys():
    keys = {
        callback().read(*theirs.plain(text), NOON).key
        for text in (
            theirs.event("SCAN", "<EventKey>visit:V1</EventKey>"),
            theirs.event("SCAN", "<EventKey>visit:V2</EventKey>"),
            theirs.event("CLICK", "<EventKey>visit:V1</EventKey>"),
            theirs.event("CLICK", "<EventKey>visit:V1</EventKey>", openid="oAnother"),
            theirs.event("CLICK", "<EventKey>visit:V1</EventKey>", at=1),
            theirs.xml("<MsgType>text</MsgType><Content>1</Content><MsgId>7</MsgId>"),
            theirs.xml("<MsgType>text</MsgType><Content>1</Content><MsgId>8</MsgId>"),
        )
    }
    assert len(keys) == 7


@pytest.mark.parametrize(
    ("name", "outer", "inner"),
    [
        ("subscribe_msg_sent_event", "SubscribeMsgSentEvent", "<MsgID>{}</MsgID>"),
        ("subscribe_msg_change_event", "SubscribeMsgChangeEvent", "<MsgID>1</MsgID><N>{}</N>"),
    ],
)
def test_two_outcomes_in_one_second_have_two_keys(name, outer, inner):
    texts = [
        theirs.event(
            name,
            f"<{outer}><List><TemplateId>T{each}</TemplateId>{inner.format(each)}<ErrorCode>0"
            "</ErrorCode><SubscribeStatusString>reject</SubscribeStatusString></List>"
            f"</{outer}>",
        )
        for each in (1, 2)
    ]
    keys = {callback().read(*theirs.plain(text), NOON).key for text in [*texts, texts[0]]}
    assert len(keys) == 2


@pytest.mark.parametrize("deliver", [theirs.plain, theirs.aes])
@pytest.mark.parametrize("off", [-FIVE_MINUTES, FIVE_MINUTES])
def test_five_minutes_either_way_are_fresh(deliver, off):
    delivered = deliver(theirs.event("subscribe"), now=NOON + off)
    assert callback().read(*delivered, NOON).event == Subscribed()
    over = off + timedelta(seconds=1 if off > timedelta(0) else -1)
    assert reason(*deliver(theirs.event("subscribe"), now=NOON + over)) == "fresh"


def test_only_the_mode_that_was_set_is_taken():
    text = theirs.event("subscribe")
    assert reason(*theirs.plain(text), mode="aes") == "plain"
    assert reason(*theirs.aes(text), mode="plain") == "encrypted"
    assert callback("aes").read(*theirs.aes(text), NOON).encrypted
    assert not callback("plain", aes_key=None).read(*theirs.plain(text), NOON).encrypted


@pytest.mark.parametrize("deliver", [theirs.plain, theirs.aes])
def test_what_is_signed_by_no_one_is_refused(deliver):
    query, raw = deliver(theirs.event("subscribe"))
    name = "msg_signature" if "msg_signature" in query else "signature"
    assert reason({**query, name: "0" * 40}, raw) == "signature"
    assert reason({**query, name: ""}, raw) == "signature"
    assert reason({**query, name: "签名\ud800"}, raw) == "signature"
    assert reason({**query, "nonce": "another"}, raw) == "signature"
    for broken in ({"nonce": ""}, {"nonce": "a b"}, {"timestamp": "１２３"}, {"timestamp": ""}):
        assert reason({**query, **broken}, raw) == "well_formed"
    del query["timestamp"]
    assert reason(query, raw) == "well_formed"


def test_an_encrypted_body_that_was_changed_is_refused():
    query, raw = theirs.aes(theirs.event("subscribe"))
    start = raw.index(b"CDATA[") + 6
    for at in (start, start + 40, start + 90):
        other = b"A" if raw[at : at + 1] != b"A" else b"B"
        assert reason(query, raw[:at] + other + raw[at + 1 :]) == "signature"
    assert reason(query, b"<xml></xml>") == "well_formed"


def test_another_app_is_refused():
    text = theirs.event("subscribe")
    assert reason(*theirs.aes(text, app_id="wxanother")) == "app"
    assert reason(*theirs.plain(theirs.event("subscribe", account="gh_other"))) == "app"
    assert reason(*theirs.aes(theirs.event("subscribe", account="gh_other"))) == "app"


BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1};" * 10}">' for n in range(1, 9)).replace(
        "&lol0;", "&lol;"
    )
    + "]><xml><MsgType>&lol8;</MsgType></xml>"
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<xml></xml>",
        "<xml/>",
        "<xml>text</xml>",
        "no xml",
        "<xml><MsgType>",
        "<other><MsgType>text</MsgType></other>",
        "<xml><MsgType/></xml>",
        '<!DOCTYPE x [<!ENTITY a "b">]><xml><MsgType>&a;</MsgType></xml>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml><MsgType>text</MsgType></xml>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><MsgType>&a;</MsgType></xml>',
        BILLION_LAUGHS,
        theirs.event("LOCATION", "<Latitude>north</Latitude>"),
        theirs.event("LOCATION", "<Latitude>nan</Latitude><Longitude>1</Longitude>"),
        theirs.event(
            "LOCATION", "<Latitude>91</Latitude><Longitude>1</Longitude><Precision>1</Precision>"
        ),
        theirs.event("SCAN"),
        theirs.event("SCAN", f"<EventKey>{'x' * 65}</EventKey>"),
        theirs.event("SCAN", "<EventKey><a>1</a></EventKey>"),
        theirs.event("SCAN", "<EventKey>1</EventKey><EventKey>2</EventKey>"),
        theirs.event("scancode_waitmsg", "<ScanCodeInfo>1</ScanCodeInfo>"),
        theirs.event("subscribe_msg_popup_event"),
        theirs.event("subscribe_msg_sent_event", "<SubscribeMsgSentEvent/>"),
        theirs.event("subscribe", openid="no openid!"),
        theirs.event("subscribe", openid=""),
        theirs.event("subscribe", at=99999999999),
        theirs.xml("<MsgType>event</MsgType>"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("deliver", [theirs.plain, theirs.aes])
def test_what_is_malformed_is_refused(text, deliver):
    assert reason(*deliver(text)) in {"well_formed", "app"}


def test_no_utf_8_and_huge_bodies_are_refused():
    query, _ = theirs.plain("")
    assert reason(query, b"\xff\xfe<xml>") == "well_formed"
    assert reason(query, b"<" * (MAX_BYTES + 1)) == "size"
    deep = ("<a>" * 15_000).encode()
    assert reason(query, b"<xml>" + deep) == "well_formed"


@pytest.mark.parametrize(
    "raw",
    [
        b"<Encrypt>" + b" " * 60_000,
        b"<Encrypt><![CDATA[" + b" " * 60_000 + b"]]></Encrypt>",
        b"<Encrypt>" + b"A" * 60_000,
        b"<Encrypt>" * 7_000,
        b"<Encrypt>AAAAAAAAA" * 3_500,
    ],
)
@pytest.mark.timeout(30)
def test_no_unsigned_body_takes_long(raw):
    query, _ = theirs.aes("")
    assert reason(query, raw) == "well_formed"


def test_a_follow_by_an_articles_bar_code_is_a_follow():
    text = theirs.event("subscribe", "<EventKey>scanbarcode|1|2</EventKey>")
    assert callback().read(*theirs.plain(text), NOON).event == Subscribed()


QUERIES = some.dictionaries(
    some.sampled_from(["timestamp", "nonce", "signature", "msg_signature", "encrypt_type"]),
    some.one_of(some.text(max_size=60), some.sampled_from(["aes", str(int(NOON.timestamp()))])),
)


@given(query=QUERIES, raw=some.binary(max_size=200))
def test_garbage_raises_nothing_but_bad_notice(query, raw):
    assert reason(query, raw) in REASONS


WORDS = (
    "<xml> </xml> <MsgType> </MsgType> event text <Event> SCAN </Event> <EventKey> </EventKey>"
    " <![CDATA[ ]]> <List> </List> &amp; &x; 1 <ToUserName>gh_sandbox000001</ToUserName>"
    " <FromUserName>o1</FromUserName> <CreateTime>1</CreateTime> subscribe_msg_popup_event"
    " <SubscribeMsgPopupEvent> </SubscribeMsgPopupEvent>"
)
PIECES = some.sampled_from(WORDS.split())


@given(pieces=some.lists(PIECES, max_size=30), encrypted=some.booleans())
def test_rightly_signed_garbage_raises_nothing_but_bad_notice(pieces, encrypted):
    deliver = theirs.aes if encrypted else theirs.plain
    try:
        callback().read(*deliver("".join(pieces)), NOON)
    except BadNotice as refused:
        assert refused.rule in REASONS


@given(cipher=some.binary(max_size=120))
def test_rightly_signed_ciphertexts_of_garbage_raise_nothing_but_bad_notice(cipher):
    """Someone who has the token but not the key."""
    encrypt = base64.b64encode(cipher).decode()
    query, _ = theirs.plain("")
    given = theirs.signature(theirs.TOKEN, query["timestamp"], query["nonce"], encrypt)
    query |= {"encrypt_type": "aes", "msg_signature": given}
    raw = f"<xml><Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>".encode()
    assert reason(query, raw) in {"well_formed", "app"}


TRICKY = "a]]><Content>b</Content>&lt;<![CDATA[c"


def test_a_plain_reply_keeps_its_text():
    ours = callback()
    incoming = ours.read(*theirs.plain(theirs.event("subscribe")), NOON)
    reply = xmltodict.parse(ours.reply_text(incoming, TRICKY, NOON))["xml"]
    assert reply["Content"] == TRICKY
    assert (reply["ToUserName"], reply["FromUserName"]) == (theirs.OPENID, theirs.ACCOUNT)
    assert reply["CreateTime"] == str(int(NOON.timestamp()))


def test_an_encrypted_message_gets_an_encrypted_reply():
    ours = callback()
    incoming = ours.read(*theirs.aes(theirs.event("subscribe")), NOON)
    raw = ours.reply_news(
        incoming,
        Article(title="扫码寄件", description=TRICKY, url="https://a.example/?a=1&b=2"),
        NOON,
    )
    assert b"a.example" not in raw
    item = theirs.opened(raw)["Articles"]["item"]
    assert (item["Title"], item["Description"]) == ("扫码寄件", TRICKY)
    assert item["Url"] == "https://a.example/?a=1&b=2"


def test_a_long_reply_is_cut_at_a_whole_character():
    ours = callback()
    incoming = ours.read(*theirs.plain(theirs.event("subscribe")), NOON)
    content = xmltodict.parse(ours.reply_text(incoming, "件" * 1000, NOON))["xml"]["Content"]
    assert content == "件" * 682


@pytest.mark.parametrize(("echo", "is_good"), [("123", True), ("", False), ("<b>", True)])
def test_only_a_signed_echo_is_given(echo, is_good):
    query = {**theirs.plain("")[0], "echostr": echo}
    if is_good:
        assert callback().echo(query, NOON) == echo
    else:
        with pytest.raises(BadNotice):
            callback().echo(query, NOON)
    with pytest.raises(BadNotice):
        callback().echo({**query, "signature": "no"}, NOON)
    with pytest.raises(BadNotice):
        callback().echo(query, NOON + timedelta(hours=1))
