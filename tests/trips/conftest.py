"""Fixtures of the trips. A trip stands in its own folder, on its own ports."""

import datetime

import pytest

from rig.site import BUILD, Site

DAMASCUS = datetime.timezone(datetime.timedelta(hours=3))
# A day of the site's own sample page: Wednesday, 22 January 2025, at noon.
SAMPLE_DAY = datetime.datetime(2025, 1, 22, 12, tzinfo=DAMASCUS)


def pytest_configure():
    for name in ("nashrad", "nashra"):
        if not (BUILD / name).exists():
            pytest.exit(f"{BUILD / name} is not built: run make", 2)


@pytest.fixture(scope="session")
def dkim_key(tmp_path_factory):
    """One key for all sites that do not ask for their own."""
    site = Site(tmp_path_factory.mktemp("key") / "site")
    site.clean()
    return site.key


@pytest.fixture
def make_site(tmp_path, dkim_key):
    """Makes sites with settings of a test's own; ends them after it."""
    sites = []

    def make(**kw):
        sites.append(Site(tmp_path / f"site{len(sites)}", key=dkim_key, **kw))
        return sites[-1]

    yield make
    for site in sites:
        site.clean()
    faults = [fault for site in sites for fault in site.faults()]
    assert not faults, "\n".join(faults)


@pytest.fixture
def site(make_site):
    """A site that lives now."""
    return make_site()


@pytest.fixture
def dated(make_site):
    """A site that lives at noon of SAMPLE_DAY, with a clock to move."""
    return make_site(clock=SAMPLE_DAY)
