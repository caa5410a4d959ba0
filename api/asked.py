"""Questions that come in the body of a request, where no log, history or proxy keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from api.deps import check_names
from api.errors import ApiError
from api.scope import told

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.requests import Request

__all__ = ["FORM", "asked_in_body"]

FORM = "application/x-www-form-urlencoded"
MOST_BYTES = 4096
MOST_FIELDS = 16


async def asked_in_body(request: Request, *, fields: Collection[str]) -> dict[str, str]:
    """The fields of a form, those left empty aside.

    Parameters
    ----------
    request
        The request; nothing of its body is written down anywhere.
    fields
        Names of those that there may be.

    Raises
    ------
    ApiError
        If the body is no form, is too large, or has unknown or repeated fields.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise ApiError(code="bad-body-type", allowed=[FORM], show=("allowed",))
    body = await request.body()
    if len(body) > MOST_BYTES:
        raise ApiError(code="long-form", most=MOST_BYTES)
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict",
            max_num_fields=MOST_FIELDS,
        )  # fmt: skip
    except ValueError as error:
        raise ApiError(code="bad-form") from error
    check_names([name for name, _ in pairs], fields)
    asked = {name: value for name, value in pairs if value}
    # The page can so ask the same in another language.
    told(request.scope)["asked"] = asked
    return asked
