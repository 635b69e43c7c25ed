"""WeChat Pay's notices over HTTP: every fault, and the library's own eyes on the true ones."""

from pathlib import Path

from server.domain.payments import Wallet
from server.providers.money_ports import Payee, PaymentSeen, RefundSeen, TransferSeen
from tests.integration.providers.wechatpay_site import OPENID, refund, site, transfer
from tests.waiting import eventually


async def test_each_kind_of_notice_tells_what_happened(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        paid = await one.paid()
        await one.pay.refund(refund(paid, 300))
        await one.arm("abnormal", "refund")
        await one.pay.refund(refund(paid, 400, "R2"))
        await one.payout.transfer(transfer(), Payee(account=OPENID))
        await one.payout.cancel(transfer())
        await eventually(lambda: len(one.receiver.told) == 4)
        seen = {type(told.what): told.what for told in one.receiver.told}
        assert {told.wallet for told in one.receiver.told} == {Wallet.WECHAT}
        bill = seen[PaymentSeen]
        assert (bill.out_trade_no, bill.state, bill.amount_fen) == (paid.id, "SUCCESS", 1200)
        assert bill.transaction_id and bill.paid_at
        back = [t.what for t in one.receiver.told if isinstance(t.what, RefundSeen)]
        assert {(r.out_refund_no, r.amount_fen, r.state) for r in back} == {
            ("R1", 300, "SUCCESS"),
            ("R2", 400, "ABNORMAL"),
        }
        gone = seen[TransferSeen]
        assert (gone.out_bill_no, gone.amount_fen, gone.state) == ("TLJ1N1", 1080, "CANCELLED")
        # The library reads the same notices, and finds the same in them.
        for headers, raw in one.receiver.raw:
            assert one.client.wallet.callback(headers, raw)["resource"]


HEARD = {
    "forged": ["signature", "told"],
    "probe": ["signature", "told"],
    "old_timestamp": ["fresh", "told"],
    "wrong_amount": ["told", "told"],
    "duplicate": ["told", "told", "told"],
}


async def test_a_false_notice_is_refused(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        for number, (kind, heard) in enumerate(HEARD.items()):
            one.receiver.heard.clear()
            await one.arm(kind, "payment")
            await one.paid(f"LJP000{number}")
            many = len(heard)
            await eventually(lambda many=many: len(one.receiver.heard) == many)
            said = [each if isinstance(each, str) else "told" for each in one.receiver.heard]
            assert said == heard, kind
            told = one.receiver.told
            if kind == "wrong_amount":
                assert [each.what.amount_fen for each in told] == [1199, 1200]
                assert told[0].notify_id != told[1].notify_id
            if kind == "duplicate":
                assert len({each.notify_id for each in told}) == 1
                nonces = [each.nonce for each in told]
                assert nonces[0] == nonces[1] != nonces[2]


async def test_a_notice_comes_until_it_is_taken(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        one.receiver.refuse_with = [500]
        await one.paid()
        await eventually(lambda: one.receiver.told)
        assert len(one.receiver.raw) == 2
