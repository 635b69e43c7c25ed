"""Who plays in a run of chaos in money: a customer, couriers with or without wallets, orders.

Parcels begin in their cells, and are moved by the store where a door would have been.
"""

from __future__ import annotations

import io
import random
from dataclasses import dataclass, field, replace
from datetime import datetime

from PIL import Image

from server.domain.changes import Context
from server.domain.custody import Custody, Step
from server.domain.ids import ALPHABET, OrderId, PersonId, PhotoId, SessionId
from server.domain.money import Charge, Fen, Payout
from server.domain.orders import Consent, Order, OrderEvent, Placement
from server.domain.payments import Wallet
from server.domain.people import SYSTEM, Actor, Role
from server.domain.prices import Size, Zone
from server.domain.rules import Rules
from server.domain.saga import due_at
from server.proof.money_world import TERMINAL, World
from server.providers.money_ports import Payee
from server.store.photos import Photo

#: Prices, fen: everyday ones, one above the four eyes' limit, one of which two fill a day.
PRICES = (800, 1_400, 1_400, 3_200, 30_000, 150_000)


def actor(name: str, *roles: Role) -> Actor:
    """Give somebody who is logged in."""
    return Actor(
        person=PersonId(name),
        session=SessionId(f"s-{name}"),
        roles=frozenset({Role.CUSTOMER, *roles}),
    )


@dataclass(slots=True)
class Cast:
    """One run's people and orders, and what they do."""

    world: World
    draw: random.Random
    orders: list[OrderId] = field(default_factory=list)
    couriers: list[Actor] = field(default_factory=list)
    customer: Actor = field(default_factory=lambda: actor("m-customer"))
    began: float = 0.0
    meant: OrderId | None = None  #: the order that the next act is about
    has_bills: bool = True  #: whether the wallets' bills are fetched in this run
    photos: int = 0  #: uploaded so far
    forgets: bool = False  #: whether wallets forget payouts that staff then end
    deaf: bool = False  #: whether every notice is lost from now on

    async def enter(self, orders: int, couriers: int) -> None:
        """Bring couriers and parcels; a courier may have to link a wallet yet."""
        self.began = self.world.clock.seconds()
        for number in range(couriers):
            await self._courier(f"m-courier-{number}", number)
        for number in range(orders):
            await self._deposited(number)
        self.draw.shuffle(self.orders)

    async def _courier(self, name: str, number: int) -> None:
        person = PersonId(name)
        people = self.world.process.bases.database["people"]
        document = {"_id": name, "phone_index": name, "roles": ["courier"], "active_orders": 0}
        await people.insert_one({**document, "certification": "certified"})
        self.world.rooms.eligibility.forget(person)
        self.couriers.append(actor(name, Role.COURIER))
        if number or self.draw.random() < 0.7:
            self.link(person)

    async def photo(self, holder: Actor) -> PhotoId:
        """Upload a photo for a waybill: each serves one order alone."""
        self.photos += 1
        photo = PhotoId(f"F{holder.person}-{self.photos}")
        kept = Photo(owner=holder.person, content=_small_photo())
        await self.world.stores.photos.put(photo, kept, self.world.clock())
        return photo

    def arm(self, kind: str, on: str, times: int, seconds: float = 0.0) -> None:
        """Let something go wrong at the wallets, so many times."""
        self.world.stand_in.arm(kind, on, times, seconds)

    def link(self, person: PersonId) -> None:
        """Link one wallet or the other."""
        linked = self.world.payees.linked
        if self.draw.random() < 0.6:
            linked[person, Wallet.WECHAT] = Payee(account=f"oSandbox-{person}")
        else:
            account = f"2088{sum(person.encode()):012d}"
            linked[person, Wallet.ALIPAY] = Payee(account=account)

    async def _deposited(self, number: int) -> None:
        now = self.world.clock().replace(microsecond=0)
        price = self.draw.choice(PRICES)
        fee = price // 10
        order = Order(
            id=OrderId(f"LJ{now:%y%m%d}{''.join(self.draw.choices(ALPHABET, k=8))}"),
            version=1,
            customer=self.customer.person,
            custody=Custody.DEPOSITED,
            custody_since=now,
            charge=Charge.UNPAID,
            payout=Payout.NONE,
            size=Size.S,
            zone=Zone.OTHER,
            origin_region="440304",
            destination_region="110105",
            price_fen=Fen(price),
            fee_fen=Fen(fee),
            pay_fen=Fen(price - fee),
            consent=Consent(locker_version="2026-11", no_prohibited_goods=True, at=now),
            created_at=now,
            placement=Placement(
                terminal=TERMINAL, cell=number + 1, opened=True, closed=True, opens=1
            ),
        )
        order = replace(order, due_at=due_at(order, self.rules))
        event = OrderEvent(
            version=1,
            step=Step.CONFIRM_INSIDE.value,
            at=now,
            actor=order.customer,
            custody=order.custody,
            charge=order.charge,
        )
        await self.world.stores.orders.insert(order, event, {})
        self.orders.append(order.id)

    @property
    def rules(self) -> Rules:
        """The business numbers."""
        return self.world.process.bases.settings.rules

    async def some_order(self) -> Order:
        """Give the order that is meant, or any."""
        return await self.world.stores.orders.get(self.meant or self.draw.choice(self.orders))

    def context(self) -> Context:
        """Give the context of what happens by itself."""
        return Context(actor=SYSTEM, at=self.world.clock(), rules=self.rules)

    def uploaded_at(self, order: Order) -> datetime:
        """Tell which upload a reviewer looks at; without one, some instant."""
        return order.finished.uploaded_at if order.finished else self.world.clock()

    def holder(self, order: Order) -> Actor:
        """Give who carries an order, or somebody who does not."""
        person = order.pickup.courier if order.pickup else self.couriers[0].person
        return actor(person, Role.COURIER)


def _small_photo() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 180, 90)).save(file, "JPEG")
    return file.getvalue()
