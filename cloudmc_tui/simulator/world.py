"""The whole simulated cloud: its time, its platform, its environments and its tasks."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

from cloudmc_tui.simulator import activity, dates, errors, names
from cloudmc_tui.simulator.platform import seed
from cloudmc_tui.simulator.seeding import populate
from cloudmc_tui.simulator.seeding.machines import SETTLES
from cloudmc_tui.simulator.settings import Settings
from cloudmc_tui.simulator.store import Environment, Row, Service
from cloudmc_tui.simulator.tasks import Agenda, Task


class World:
    """A simulated cloud.

    Nothing in it runs by itself: :meth:`settle` does what has become due.

    Attributes:
        settings: what it is like.
        platform: organizations, users, roles, services and environments.
        agenda: what is due when.
        tasks: those not forgotten, by id.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self._clock = clock
        self._opened = clock()
        self.start = self._opened if settings.now is None else settings.now
        self.agenda = Agenda()
        self.tasks: dict[str, Task] = {}
        self._rng = random.Random(f"{settings.seed}/platform")
        self._task_rng = random.Random(f"{settings.seed}/tasks")
        self._activity_rng = random.Random(f"{settings.seed}/activity")
        self._opened_so_far = 0
        self._draws: Counter[str] = Counter()
        self.platform = seed.platform(settings.seed, self.start, self._rng)
        by_entry_point = {o["entryPoint"]: o for o in self.platform.organizations.values()}
        for entry_point, code, name, description, size in seed.ENVIRONMENTS:
            organization = by_entry_point[entry_point]
            size = size if settings.scale is None else settings.scale
            made = self.start - 86400 * self._rng.uniform(200, 900)
            env = self.open_environment(
                organization, self.platform.services[code], name, description, size, made
            )
            activity.environment(self, "environments.create", env, made)
        self.settle()

    def now(self) -> float:
        """The cloud's time, in seconds since the epoch."""
        return self.start + (self._clock() - self._opened)

    def settle(self) -> None:
        """Let everything happen that has become due."""
        self.agenda.settle(self.now())

    def draw(self, *about: object) -> float:
        """A number from 0 to 1 that depends on the seed, what it is about, and how often that was
        asked: what else goes on changes nothing."""
        key = "/".join(map(str, about))
        self._draws[key] += 1
        return random.Random(f"{self.settings.seed}/{key}/{self._draws[key]}").random()

    def new_id(self) -> str:
        """A UUID for something of the platform."""
        return seed.new_id(self._rng)

    def new_task_id(self) -> str:
        """A UUID for a task."""
        return seed.new_id(self._task_rng)

    def new_activity_id(self) -> str:
        """A UUID for an entry of the activity log."""
        return seed.new_id(self._activity_rng)

    # -- environments ---------------------------------------------------------------------------

    def open_environment(
        self, organization: Row, service: Service, name: str, description: str, size: int, made: float
    ) -> Environment:
        """Add an environment; its entities are made when somebody looks.

        Args:
            organization: whose it is.
            service: where it is.
            name: its name, unique on the service.
            description: what it is for.
            size: how many instances it starts with.
            made: when it was created, in seconds since the epoch.
        """
        record: Row = {
            "id": self.new_id(),
            "name": name,
            "description": description,
            "membership": "MANY_USERS",
            "creationDate": dates.iso(made),
            "organization": seed.brief(organization),
            "serviceConnection": {k: service.record[k] for k in ("id", "name", "serviceCode")},
            "roles": self._roles(organization),
        }
        self._opened_so_far += 1
        environment = Environment(
            index=self._opened_so_far - 1,
            service=service,
            record=record,
            size=size,
            start=self.start,
            populate=self._populate,
            rng=random.Random(f"{self.settings.seed}/{service.code}/{name}/{self._opened_so_far}"),
            quota=seed.ceilings(self.settings.scale or 0),
        )
        self.platform.environments[record["id"]] = environment
        return environment

    def _roles(self, organization: Row) -> list[Row]:
        """The roles of an environment, with the organization's people in them."""
        people = [u for u in self.platform.users.values() if u["organization"]["id"] == organization["id"]]
        wanted = {login: role for login, _, _, role in (*names.PEOPLE, *names.LAB_PEOPLE)}
        return [
            {
                "id": self.new_id(),
                "name": name,
                "isDefault": name == "User",
                "users": [self.member(u) for u in people if wanted.get(u["userName"]) == name],
            }
            for name, scope, _ in seed.ROLES
            if scope == "ENV"
        ]

    @staticmethod
    def member(user: Row) -> Row:
        """A user as an environment's role names it."""
        name = user["userName"]
        return {"id": user["id"], "name": name, "userName": name, "username": name}

    def _populate(self, environment: Environment) -> None:
        populate(environment)
        table = environment["instances"]
        for row in table.rows.values():
            if row["state"] in SETTLES:
                state, seconds = SETTLES[row["state"]]
                self.agenda.at(self.now() + seconds, partial(table.change, row, state=state))

    def environment(self, code: str, name: str, organization_id: str | None = None) -> Environment:
        """An environment by its address.

        Args:
            code: the service.
            name: the environment.
            organization_id: whose; None for one's own.

        Raises:
            ApiError: 404, there is no such service, environment or organization.
        """
        if code not in self.platform.services:
            raise errors.unknown("service", code)
        owner = self.organization(organization_id)
        for environment in self.platform.environments.values():
            if (
                environment.service.code == code
                and environment.name == name
                and environment.record["organization"]["id"] == owner["id"]
            ):
                return environment
        raise errors.unknown("environment", name)

    def organization(self, organization_id: str | None) -> Row:
        """An organization that the key may see: its own for None, or a sub-organization.

        Some clients name it by its entry point, so either is taken.

        Raises:
            ApiError: 404, there is no such organization.
        """
        if not organization_id:
            return self.platform.own
        for organization in self.platform.organizations.values():
            if organization_id in (organization["id"], organization["entryPoint"]):
                return organization
        raise errors.unknown("organization", organization_id)
