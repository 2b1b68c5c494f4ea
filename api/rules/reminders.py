"""Which reminder is due on a day, so that a clock door that slept sends one letter and not all it missed."""

from __future__ import annotations

from datetime import date

# Days after the last day of support; negative: before it.
SUPPORT_DAYS = (-30, -14, -7, -1, 0, 7)
# Days after an invoice's due day.
INVOICE_DAYS = (-3, 0, 3, 10)


def reminder(target: date, today: date, days: tuple[int, ...], late: int = 7) -> int | None:
    """The reminder of `days` whose time it is: the latest whose day has come, the last one for `late` days more.

    None before the first and when all is over; the caller sends each only once.
    """
    elapsed = (today - target).days
    come = [day for day in days if day <= elapsed]
    if not come or elapsed > max(days) + late:
        return None
    return max(come)
