"""What staff click on the way of a parcel: certify, review, look at terminals and their doors."""

from tests.e2e.pages import DOOR_SECONDS, Hand
from tests.e2e.walks.desk import desk


async def card_of(staff: Hand, courier: Hand, state: str) -> str:
    """Wait until staff see a courier so; gives the selector of the card."""
    masked = f"{courier.phone[:3]}****{courier.phone[-4:]}"
    person = await staff.page.until(
        "[...document.querySelectorAll('#couriers [data-person]')]"
        f".find((card) => card.querySelector('strong').textContent === '{masked}' &&"
        f" card.querySelector('.chip.{state}'))?.dataset.person"
    )
    return f'#couriers [data-person="{person}"]'


async def certify(staff: Hand, couriers: list[Hand]) -> None:
    """Certify these, who wait for it."""
    page = staff.page
    await desk(staff, "couriers")
    for courier in couriers:
        card = await card_of(staff, courier, "none")
        await page.click("认证通过", within=card)
        await page.fill(".ask [name=reason]", "证件齐全")
        await page.click("确定")
        await card_of(staff, courier, "certified")
    await staff.look("certified")


def says(card: str, text: str) -> str:
    """Whether one card of a list says something."""
    return f"document.querySelector('{card}')?.innerText.includes('{text}')"


async def approve(staff: Hand, order: str) -> None:
    """Look at the photo, turn it, and approve, all by keys."""
    page = staff.page
    await desk(staff, "reviews")
    await page.click(f'#reviews [data-order="{order}"]')
    hand = f'#reviews [data-at-hand="{order}"]'
    await page.until(says(hand, "照片条码与绑定的运单号一致"))
    await page.until(says(hand, "✓ 一致"))
    await page.until("document.querySelector('#reviews img.photo')?.naturalWidth > 0")
    await page.tab.keyboard.press("]")
    await page.until(
        "document.querySelector('#reviews img.photo').style.transform.includes('90deg')"
    )
    await staff.look("review")
    await page.tab.keyboard.press("?")
    await page.sees("键盘操作")
    await page.tab.keyboard.press("Escape")
    await page.until("!document.querySelector('.keys')?.offsetParent")
    await page.tab.keyboard.press("a")
    await page.sees("通过后立即结算给揽件员")
    await page.click("确定")
    await page.until(f"""document.querySelector('#reviews [data-order="{order}"]') === null""")
    await desk(staff, "orders")
    await page.until(says(f'.desk-table [data-order="{order}"]', "已完成"))


async def look_round(staff: Hand, terminal: str) -> None:
    """See the terminal's doors and their history, alerts, figures, books."""
    page = staff.page
    await desk(staff, "terminals")
    await page.click(f'#terminals [data-terminal="{terminal}"] strong')
    await page.until(says("#terminal-detail h1", terminal))
    await page.until("document.querySelectorAll('.cabinet [data-door=closed]').length > 0")
    assert await page.js("document.querySelector('.cabinet').dataset.from") == "drawn"
    await page.until(says("#history", "感应到关"))
    await staff.look("terminals")
    await open_a_door(staff)
    await read_frames(staff)
    await desk(staff, "alerts")
    await page.until("document.querySelector('#alerts').innerText.length > 0")
    await staff.look("alerts")
    await desk(staff, "summary")
    await page.sees("在线终端")
    await page.until("document.querySelectorAll('#ticker li').length > 0")
    await staff.look("summary")
    await desk(staff, "finance")
    await page.sees("账平")
    await page.until(says("#suspense", "没有挂账"))
    await staff.look("finance")


async def open_a_door(staff: Hand) -> None:
    """Open a free cell with a reason: it is open once its sensor said so, and not before."""
    page = staff.page
    free = ".cabinet .door[data-use=free][data-door=closed]"
    cell = await page.js(f"document.querySelector('{free}').dataset.cell")
    await page.click(f'.cabinet .door[data-cell="{cell}"]')
    panel = f'.cell-panel[data-cell="{cell}"]'
    await page.until(says(panel, "空闲"))
    await page.click("开门", within=panel)
    await page.fill(".ask [name=reason]", "检查格口")
    await page.click(".ask-acts [type=submit]")
    await page.until(f"""document.querySelector('{panel} .opening')?.dataset.step === 'closed'""")
    await page.until(says("#history", "员工"))
    await staff.look("door-opened")


async def read_frames(staff: Hand) -> None:
    """Ask the cabinet what passed on its line: the unlock is among it, and is found by bytes."""
    page = staff.page
    await page.click("#tab-frames")
    await page.click("读取", within="#frames")
    await page.until(says("#frames", "unlock board 1"), DOOR_SECONDS)
    await page.fill("#frames [name=filter]", "unlock answered")
    await page.until(
        "(() => { const rows = [...document.querySelectorAll('#frames tbody tr')];"
        " return rows.length > 0 && rows.every((row) => row.dataset.way === 'heard'); })()"
    )
    await staff.look("frames")
