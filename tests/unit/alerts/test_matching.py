"""Places are named together: a site or a machine is enough. What is ticked and taken back leaves no trace."""

from hypothesis import given
from hypothesis import strategies as st

from core.diagnostics.alerts.matching import Labels, Matcher
from core.diagnostics.models import Severity, System

PLANT = {"north": ("press-1", "press-2"), "south": ("mill-1",)}
MACHINES = [(site, machine) for site, machines in PLANT.items() for machine in machines]
SYSTEMS = [System(site=site, code=machine) for site, machine in MACHINES]
ticks = st.lists(
    st.one_of(
        st.tuples(st.just("site"), st.sampled_from(sorted(PLANT))),
        st.tuples(st.just("machine"), st.sampled_from([machine for _, machine in MACHINES])),
    )
)


def tick(matcher: Matcher, kind: str, code: str, *, chosen: bool = True) -> Matcher:
    """Tick a place as the chat does: a site by one of its machines."""
    wanted = next(system for system in SYSTEMS if code == (system.site if kind == "site" else system.code))
    return matcher.with_place(wanted, SYSTEMS, whole_site=kind == "site", chosen=chosen)


def heard(matcher: Matcher) -> set[str]:
    """Return whose alarms are meant."""
    labels = [Labels(site, machine, "limit", "", Severity.WARNING) for site, machine in MACHINES]
    return {one.machine for one in labels if matcher.matches(one)}


def test_a_site_or_a_machine_is_enough() -> None:
    assert heard(Matcher(sites=("north",), machines=("mill-1",))) == {"press-1", "press-2", "mill-1"}
    assert heard(Matcher(sites=("north",))) == {"press-1", "press-2"}
    assert heard(Matcher(machines=("mill-1",))) == {"mill-1"}
    assert heard(Matcher()) == {"press-1", "press-2", "mill-1"}


@given(ticks, st.sampled_from(MACHINES))
def test_what_is_ticked_is_heard(before: list[tuple[str, str]], place: tuple[str, str]) -> None:
    matcher = Matcher(at_least=Severity.WARNING)
    for kind, code in before:
        matcher = tick(matcher, kind, code)
    assert place[1] in heard(tick(matcher, "machine", place[1]))
    assert set(PLANT[place[0]]) <= heard(tick(matcher, "site", place[0]))
    assert tick(matcher, "site", place[0]).at_least is Severity.WARNING


@given(ticks, st.sampled_from(sorted(PLANT)))
def test_a_tick_taken_back_leaves_no_trace_however_often_it_is_pressed(
    before: list[tuple[str, str]], site: str
) -> None:
    matcher = Matcher()
    for kind, code in before:
        matcher = tick(matcher, kind, code)
    ticked = tick(matcher, "site", site)
    assert tick(ticked, "site", site) == ticked
    assert not set(ticked.machines) & set(PLANT[site])
    back = tick(ticked, "site", site, chosen=False)
    assert back == tick(tick(matcher, "site", site, chosen=False), "site", site, chosen=False)
    assert site not in back.sites
