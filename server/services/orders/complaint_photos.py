"""Photos of a complaint, seen by its customer and by staff, whoever of them took them."""

from __future__ import annotations

from dataclasses import dataclass

from server.domain.errors import NotFound
from server.domain.ids import OrderId, PhotoId
from server.domain.people import Actor, Role
from server.domain.photos import PhotoPurpose, PhotoUse
from server.services.photos.photos import Photos
from server.store.complaints import MongoComplaints

READERS = frozenset({Role.OPERATOR, Role.REVIEWER, Role.ADMIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintPhotos:
    """Shows them; each look is recorded."""

    complaints: MongoComplaints
    photos: Photos

    async def show(self, actor: Actor, order: OrderId, photo: PhotoId) -> bytes:
        """Give a photo of a thread as JPEG.

        Raises:
            NotFound: no such thread of this person's business, or no such photo in it.
        """
        found = await self.complaints.find(order)
        if found is None or not (found[0].customer == actor.person or actor.roles & READERS):
            raise NotFound(field="photo_id", rule="exists")
        use = PhotoUse(purpose=PhotoPurpose.COMPLAINT, subject=f"complaint:{order}")
        return await self.photos.show_for(actor, photo, use, "complaint")
