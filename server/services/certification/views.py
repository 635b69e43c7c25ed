"""Certifications as their couriers and their reviewers see them."""

from __future__ import annotations

from collections.abc import Iterable

from realtime.wire.certifications import (
    ApplicationsView,
    ApplicationView,
    CertificationView,
    PapersView,
)
from server.domain.certifications import TABLE, Application, ApplicationState, Papers, Step
from server.domain.documents import mask_id_number, mask_name, mask_staff_number
from server.services.certification.certifications import Own
from server.services.certification.desk import Waiting


def own_view(own: Own) -> CertificationView:
    """Show a courier their own."""
    application = own.application
    waits = application is not None and application.state is ApplicationState.WAITING
    shown = None
    if application is not None and own.papers is not None:
        shown = _application_view(application, own.papers, own.note)
    return CertificationView(
        state=own.state.value,
        may_apply=not waits and Step.APPLY in TABLE[own.state],
        until=own.certificate.until,
        reason=own.certificate.reason,
        application=shown,
    )


def queue_view(waiting: Iterable[Waiting]) -> ApplicationsView:
    """Show the reviewers' queue, unmasked."""
    return ApplicationsView(applications=tuple(_papers_view(one) for one in waiting))


def _application_view(
    application: Application, papers: Papers, note: str | None
) -> ApplicationView:
    return ApplicationView(
        application_id=application.id,
        state=application.state.value,
        masked_name=mask_name(papers.real_name),
        masked_id_number=mask_id_number(papers.id_number),
        employer=papers.employer,
        masked_staff_number=mask_staff_number(papers.staff_number),
        expires_at=application.until,
        applied_at=application.applied_at,
        reason=application.reason,
        note=note,
    )


def _papers_view(waiting: Waiting) -> PapersView:
    application, papers = waiting.application, waiting.papers
    return PapersView(
        application_id=application.id,
        person_id=application.person,
        masked_phone=waiting.person.masked_phone,
        certification=waiting.person.certification.value,
        real_name=papers.real_name,
        id_number=papers.id_number,
        employer=papers.employer,
        staff_number=papers.staff_number,
        photo_id=application.photo,
        expires_at=application.until,
        applied_at=application.applied_at,
        holder=waiting.holder,
    )
