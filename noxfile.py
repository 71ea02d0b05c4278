"""Sessions of the project. Bare ``nox`` runs what must hold before a change lands; ``nox --list`` tells the rest."""

import os
from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_venv = "yes"

PYPROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = nox.project.python_versions(PYPROJECT)

# pyenv keeps a Python that is not switched on out of sight; it is tested on all the same.
PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
FOUND = [str(folder) for version in PYTHONS for folder in sorted(PYENV.glob(f"{version}.*/bin"))]
os.environ["PATH"] = os.pathsep.join([*FOUND, os.environ["PATH"]])


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests against the built wheel, on every supported Python that is found."""
    session.install(".[notebook,postgres]", *group("tests"))
    session.run("pytest", *(session.posargs or ["-n", "auto"]))


@nox.session
def lint(session: nox.Session) -> None:
    """Check what can be read off the text."""
    session.install(*group("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of the package and of the programs that use it."""
    session.install("--editable", ".[postgres,notebook]", *group("typing"))
    session.run("mypy")


@nox.session
def floors(session: nox.Session) -> None:
    """Prove that imports only go down."""
    session.install("--editable", ".", *group("tests"))
    session.run("lint-imports")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the docs; a warning is an error."""
    session.install("--editable", ".[postgres]", *group("docs"))
    session.run("sphinx-build", "-W", "--keep-going", "-b", "html", "docs", "docs/_build/html")


@nox.session
def demo(session: nox.Session) -> None:
    """Run the main job on the simulators, as the README's first command does."""
    session.install("--editable", ".", *group("demo"))
    session.run("python", "-m", "billmanager_1c", "demo", *session.posargs)


@nox.session(default=False)
def model(session: nox.Session) -> None:
    """Explore the explicit-state model of one document further than the tests do."""
    session.install("--editable", ".", *group("tests"))
    session.run("python", "tests/model/explore.py", *(session.posargs or ["--faults", "3"]))


@nox.session(default=False)
def coverage(session: nox.Session) -> None:
    """Tell which lines and branches no test runs."""
    session.install("--editable", ".[notebook,postgres]", *group("tests"), *group("coverage"))
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *session.posargs)
    session.run("coverage", "combine")
    session.run("coverage", "report")


@nox.session(default=False)
def kill(session: nox.Session) -> None:
    """Kill workers at the worst moments: ``-- --kills N --seed S --store sqlite|postgres``."""
    session.install(".[postgres]", *group("tests"))
    session.run("python", "tests/processes/kill.py", *session.posargs)


@nox.session(default=False)
def cut(session: nox.Session) -> None:
    """Cut the power of a busy SQLite store at random bytes: ``-- --images N --cuts K --seed S``."""
    session.install(".", *group("tests"))
    session.run("python", "tests/processes/cut.py", *session.posargs)


@nox.session(default=False)
def load(session: nox.Session) -> None:
    """Export a queue of 100,000 documents, or of as many as are asked for, and show that memory stays flat."""
    session.install("--editable", ".", *group("tests"))
    session.run("python", "tests/load/queues.py", *(session.posargs or ["100000"]))


@nox.session(default=False)
def fuzz(session: nox.Session) -> None:
    """Fuzz what reads strangers' text, guided by coverage: ``-- seconds door …`` (codec, odata, money, inn)."""
    session.install("--editable", ".", *group("tests"), *group("fuzz"))
    session.run("python", "tests/hostile/fuzz.py", *session.posargs)


@nox.session(default=False)
def simulate(session: nox.Session) -> None:
    """Simulate many seeds of three days with every fault of the protocol: ``nox -s simulate -- --seeds 500``."""
    session.install("--editable", ".", *group("tests"))
    session.run("python", "tests/simulation/sim_campaign.py", *session.posargs)


@nox.session(default=False)
def mutants(session: nox.Session) -> None:
    """Break the protocol on purpose, one rule at a time, and print what the simulation makes of it."""
    session.install("--editable", ".", *group("tests"))
    session.run("python", "tests/simulation/mutant_campaign.py", *session.posargs)


@nox.session(default=False)
def browser(session: nox.Session) -> None:
    """Look at the notebook of the docs in a real browser; Chromium must be installed."""
    session.install("--editable", ".[notebook]", *group("browser"))
    pictures = Path(session.create_tmp()).resolve() / "looking"
    pictures.mkdir(exist_ok=True)
    session.run("pytest", "tests/looking", *session.posargs, env={"LOOKING_SHOTS": str(pictures)})
    session.log(f"The pictures are in {pictures}")


def group(name: str) -> tuple[str, str]:
    """Name a dependency group the way pip and uv both understand."""
    return ("--group", name)
