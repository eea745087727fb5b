"""What serving each client costs and leaves: allocation to the cent, the whale curve, what would bring a client to zero, how firm the ranking is.

    costs by activity and client -> cents that add up to the total -> margin -> clients from best to worst, cumulated

Pure, in Decimal. The curve is called a whale because it rises with the clients that pay for themselves, above the final result, and
comes down with those that do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ZERO: Final = Decimal(0)
CENT: Final = Decimal("0.01")
TENTH: Final = Decimal("0.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One client: net revenue and cost by activity over the same twelve months. `hours` and `rush_orders` are what two of them count."""

    group: str
    revenue: Decimal
    costs: Mapping[str, Decimal]
    hours: Decimal = ZERO
    rush_orders: int = 0

    @property
    def cost(self) -> Decimal:
        return sum(self.costs.values(), ZERO)

    @property
    def margin(self) -> Decimal:
        return self.revenue - self.cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A client on the curve: its margin, the sum up to and with it, and that sum in parts of the final one (None when that is not positive)."""

    group: str
    margin: Decimal
    cumulated: Decimal
    part: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Clients from the best margin to the worst. `peak`: the highest part of the final margin, 1 when nobody costs more than they leave."""

    points: tuple[Point, ...]
    total: Decimal
    positive_total: Decimal

    @property
    def peak(self) -> Decimal | None:
        return self.positive_total / self.total if self.total > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What alone would bring a client's margin to zero; above zero it is the room there is. None: not by this means.

    `price`: change of every price as a ratio (negative: room to lower it) · `hours`: hours of service less (negative: room for more) ·
    `rush_fee`: fee on each of its rush orders.
    """

    margin: Decimal
    price: Decimal | None
    hours: Decimal | None
    rush_fee: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Firmness:
    """What a tenth more or less on one activity would change in the ranking: places moved, and clients that change sides of zero."""

    activity: str
    factor: Decimal
    moved: int
    largest_move: int
    crossing: tuple[str, ...]


def in_cents(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Share out a total by weights, in whole cents that add up to it: the largest remainders take the cents that are left, ties by place.

    A total with a fraction of a cent is rounded half up first. Raises ValueError when nothing has weight but there is something to share.
    """
    cents = int((total / CENT).quantize(Decimal(1), ROUND_HALF_UP))
    whole = sum(weights, ZERO)
    if whole == 0 and cents:
        raise ValueError("nobody to share the cost among")
    exact = [cents * weight / whole if whole else ZERO for weight in weights]
    floors = [int(part.to_integral_value(ROUND_FLOOR)) for part in exact]
    order = sorted(range(len(weights)), key=lambda place: (floors[place] - exact[place], place))
    for place in order[: cents - sum(floors)]:
        floors[place] += 1
    return [part * CENT for part in floors]


def allocated(clients: Sequence[Served]) -> dict[str, dict[str, Decimal]]:
    """Give each client's cost by activity in cents; over all clients every activity adds up to its total."""
    found: dict[str, dict[str, Decimal]] = {client.group: {} for client in clients}
    for activity in dict.fromkeys(name for client in clients for name in client.costs):
        parts = [client.costs.get(activity, ZERO) for client in clients]
        for client, cents in zip(clients, in_cents(sum(parts, ZERO), parts), strict=True):
            found[client.group][activity] = cents
    return found


def curve(clients: Sequence[Served]) -> Curve:
    """Give the whale curve: best margin first, ties by group."""
    total = sum((client.margin for client in clients), ZERO)
    points, reached = [], ZERO
    for client in _ranked(clients):
        reached += client.margin
        points.append(Point(group=client.group, margin=client.margin, cumulated=reached, part=reached / total if total > 0 else None))
    return Curve(points=tuple(points), total=total, positive_total=sum((max(client.margin, ZERO) for client in clients), ZERO))


def balance(client: Served, hourly_cost: Decimal | None) -> Balance:
    """Say what would bring the client to zero: price, hours or a fee on rush orders, each alone."""
    lacking = -client.margin
    hours = lacking / hourly_cost if hourly_cost else None
    return Balance(
        margin=client.margin,
        price=lacking / client.revenue if client.revenue > 0 else None,
        hours=hours if hours is not None and hours <= client.hours else None,
        rush_fee=lacking / client.rush_orders if client.rush_orders and lacking > 0 else None,
    )


def firmness(clients: Sequence[Served], change: Decimal = TENTH) -> list[Firmness]:
    """Say for each activity what its cost being so much higher or lower would move in the ranking."""
    places = {client.group: place for place, client in enumerate(_ranked(clients))}
    found = []
    for activity in dict.fromkeys(name for client in clients for name in client.costs):
        for factor in (1 + change, 1 - change):
            then = [_with(client, activity, factor) for client in clients]
            moves = [abs(place - places[client.group]) for place, client in enumerate(_ranked(then))]
            crossing = [after.group for before, after in zip(clients, then, strict=True) if (before.margin < 0) != (after.margin < 0)]
            found.append(
                Firmness(
                    activity=activity,
                    factor=factor,
                    moved=sum(move > 0 for move in moves),
                    largest_move=max(moves, default=0),
                    crossing=tuple(sorted(crossing)),
                )
            )
    return found


def _ranked(clients: Sequence[Served]) -> list[Served]:
    return sorted(clients, key=lambda client: (-client.margin, client.group))


def _with(client: Served, activity: str, factor: Decimal) -> Served:
    costs = {name: cost * factor if name == activity else cost for name, cost in client.costs.items()}
    return Served(group=client.group, revenue=client.revenue, costs=costs, hours=client.hours, rush_orders=client.rush_orders)
