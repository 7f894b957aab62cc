"""Who can sign in to the demo: every role, on both sides of the contract, and a second small provider."""

from dataclasses import dataclass

from accounts.models import Role

COMMISSIONER = "harbor-county"
PROVIDER = "tidewater-care"
SECOND_PROVIDER = "marsh-lane"

# Known to everybody who reads this file: production does not install the app that uses it.
DEMO_PASSWORD = "tide-table-and-harbor-light"  # noqa: S105


@dataclass(frozen=True)
class DemoPerson:
    """`practitioner` is the reference under which the feeds name this person's delivered work ("" = none)."""

    email: str
    name: str
    role: Role
    organisation: str
    practitioner: str = ""


DEMO_PEOPLE: tuple[DemoPerson, ...] = (
    DemoPerson("intake@tidewater.example", "Ruth Okafor", Role.INTAKE, PROVIDER),
    DemoPerson("practitioner@tidewater.example", "Daniel Reyes", Role.PRACTITIONER, PROVIDER, "N-01"),
    DemoPerson("practitioner.south@tidewater.example", "Amina Haddad", Role.PRACTITIONER, PROVIDER, "S-01"),
    DemoPerson("practitioner.islands@tidewater.example", "Tomas Lindqvist", Role.PRACTITIONER, PROVIDER, "I-01"),
    DemoPerson("supervisor@tidewater.example", "Grace Whitfield", Role.SUPERVISOR, PROVIDER),
    DemoPerson("lead@tidewater.example", "Dr Helen Marsh", Role.CLINICAL_LEAD, PROVIDER),
    DemoPerson("lead.south@tidewater.example", "Dr Samir Qureshi", Role.CLINICAL_LEAD, PROVIDER),
    DemoPerson("analyst@tidewater.example", "Kofi Mensah", Role.ANALYST, PROVIDER),
    DemoPerson("operations@tidewater.example", "Joanna Pike", Role.OPERATIONS, PROVIDER),
    DemoPerson("finance@tidewater.example", "Samuel Ortiz", Role.FINANCE, PROVIDER),
    DemoPerson("quality@tidewater.example", "Mei-Ling Chow", Role.QUALITY, PROVIDER),
    DemoPerson("administrator@tidewater.example", "Peter Novak", Role.ADMINISTRATOR, PROVIDER),
    DemoPerson("commissioner@harbor.example", "Elaine Foster", Role.COMMISSIONER, COMMISSIONER),
    DemoPerson("finance@harbor.example", "Marcus Bell", Role.FINANCE, COMMISSIONER),
    DemoPerson("analyst@harbor.example", "Priya Raman", Role.ANALYST, COMMISSIONER),
    DemoPerson("quality@harbor.example", "Owen Gallagher", Role.QUALITY, COMMISSIONER),
    DemoPerson("lead@harbor.example", "Dr Nadia Petrov", Role.CLINICAL_LEAD, COMMISSIONER),
    DemoPerson("auditor@harbor.example", "Ingrid Solberg", Role.AUDITOR, COMMISSIONER),
    DemoPerson("administrator@harbor.example", "Luis Carvalho", Role.ADMINISTRATOR, COMMISSIONER),
    DemoPerson("intake@marshlane.example", "Carol Jennings", Role.INTAKE, SECOND_PROVIDER),
    DemoPerson("supervisor@marshlane.example", "Yusuf Demir", Role.SUPERVISOR, SECOND_PROVIDER),
    DemoPerson("practitioner@marshlane.example", "Joan Price", Role.PRACTITIONER, SECOND_PROVIDER, "M-01"),
    DemoPerson("finance@marshlane.example", "Beth Adeyemi", Role.FINANCE, SECOND_PROVIDER),
)


def one_per_role() -> list[DemoPerson]:
    """One sign-in per role, and both sides of a month's closing: what a newcomer is shown."""
    shown: dict[tuple[Role, bool], DemoPerson] = {}
    for person in DEMO_PEOPLE:
        both_sides = person.role is Role.FINANCE and person.organisation == COMMISSIONER
        if both_sides or not any(role == person.role for role, _ in shown):
            shown[person.role, both_sides] = person
    return list(shown.values())
