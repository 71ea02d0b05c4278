"""Sessions of the project. Bare ``nox`` runs what must hold before a change lands; ``nox --list`` tells the rest."""

import json
import os
import re
import shutil
from itertools import combinations
from pathlib import Path

import nox
from nox.command import CommandFailed

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_venv = "yes"

PYPROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = nox.project.python_versions(PYPROJECT)
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
DIST = Path("dist")

# pyenv keeps a Python that is not switched on out of sight; it is tested on all the same.
PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
FOUND = [str(folder) for version in PYTHONS for folder in sorted(PYENV.glob(f"{version}.*/bin"))]
os.environ["PATH"] = os.pathsep.join([*FOUND, os.environ["PATH"]])


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests against the built wheel, out of reach of ``src``, on every supported Python that is found."""
    go_where_src_is_not(session)
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
def verifytypes(session: nox.Session) -> None:
    """Prove that all public names have types that no type checker needs to guess: 100 % by pyright, or red."""
    session.install(".[postgres,notebook]", *group("verifytypes"))
    session.run("pyright", "--verifytypes", "billmanager_1c", "--ignoreexternal")


@nox.session
def floors(session: nox.Session) -> None:
    """Prove that imports only go down."""
    session.install("--editable", ".", *group("tests"))
    session.run("lint-imports")


@nox.session
def wheel(session: nox.Session) -> None:
    """Build into ``dist`` what is published, and try it in empty environments: bare, with each extra, with all."""
    session.install(*group("package"))
    sdist, wheel = build(session, DIST)
    session.run("twine", "check", "--strict", str(sdist), str(wheel))
    session.run("check-wheel-contents", str(wheel))
    straight = Path(session.create_tmp()).resolve() / "straight"
    shutil.rmtree(straight, ignore_errors=True)
    session.run("python", "-m", "build", "--wheel", "--outdir", str(straight))
    session.run("python", "tests/wheel/same.py", str(wheel), *map(str, straight.glob("*.whl")))
    for number in range(len(EXTRAS) + 1):
        for extras in combinations(EXTRAS, number):
            python = make_empty(session, wheel, *extras)
            session.run(python, "-I", "tests/wheel/smoke.py", *extras, external=True)


@nox.session
def workflows(session: nox.Session) -> None:
    """Lint what GitHub runs: ``zizmor`` for its safety, ``actionlint`` for its sense."""
    session.install(*group("workflows"))
    session.run("zizmor", "--offline", "--persona", "pedantic", ".github")
    if shutil.which("actionlint") is None:
        try:
            session.install(*group("actionlint"))
        except CommandFailed:
            give_up = session.error if "GITHUB_ACTIONS" in os.environ else session.skip
            give_up("actionlint was NOT RUN: it is not on the PATH, and its wheel could not load it from GitHub")
    session.run("actionlint", *map(str, sorted(Path(".github/workflows").glob("*.yml"))), external=True)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the docs; a warning is an error: a link that leads nowhere, a public name that is not in the reference."""
    session.install("--editable", ".[postgres]", *group("docs"))
    session.run("sphinx-build", "-W", "-n", "--keep-going", "-b", "html", "docs", "docs/_build/html")


@nox.session
def demo(session: nox.Session) -> None:
    """Run the main job on the simulators, as the README's first command does."""
    session.install("--editable", ".", *group("demo"))
    session.run("python", "-m", "billmanager_1c", "demo", *session.posargs)


@nox.session(default=False, python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """Run the tests with the lowest version of each library that we say is enough."""
    go_where_src_is_not(session, *bounds("==", ""))
    # What an old library asks of a newer one below it may be out of date there; that is not ours to mend.
    session.run("pytest", *(session.posargs or ["-n", "auto"]), env={"PYTEST_ADDOPTS": "-W ignore::DeprecationWarning"})


@nox.session(default=False, python=PYTHONS[-1])
def newest(session: nox.Session) -> None:
    """Run the tests with the newest release of everything, and with pre-releases of what we stand on."""
    # A bound that names a pre-release lets pre-releases of that library in, for pip and uv alike.
    go_where_src_is_not(session, "--upgrade", *bounds(">=", ".dev0"))
    session.run("pytest", *(session.posargs or ["-n", "auto"]))


@nox.session(default=False)
def sbom(session: nox.Session) -> None:
    """Write into ``dist`` a CycloneDX bill of the wheel there and of what it brings along: ``-- EXTRA …``."""
    session.install(*group("sbom"))
    wheel = next(DIST.glob("*.whl"), None)
    if wheel is None:
        session.error("There is no wheel in dist; run nox -s wheel first.")
    python = make_empty(session, wheel, *session.posargs)
    session.run(python, "-m", "pip", "uninstall", "--quiet", "--yes", "pip", "setuptools", external=True)
    root = Path(session.create_tmp()).resolve() / "pyproject.toml"
    told = {key: PYPROJECT["project"][key] for key in ("name", "description", "license")}
    told["version"] = wheel.name.split("-")[1]
    told["dependencies"] = asked_for(*session.posargs)
    root.write_text("[project]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in told.items()))
    bill = DIST / f"{wheel.name.partition('-py3')[0]}.cdx.json"
    options = ["--pyproject", str(root), "--mc-type", "library", "--output-reproducible"]
    session.run("cyclonedx-py", "environment", python, *options, "--output-file", str(bill))


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
def bench(session: nox.Session) -> None:
    """Measure every bound of the design beside what a user would otherwise have; ``-- --quick`` takes a minute."""
    session.install("--editable", ".[notebook,postgres]", *group("bench"))
    session.run("python", "tests/bench/bench.py", *session.posargs)


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


def build(session: nox.Session, folder: Path) -> tuple[Path, Path]:
    """Build the sdist, and the wheel from it; return both."""
    shutil.rmtree(folder, ignore_errors=True)
    session.run("python", "-m", "build", "--outdir", str(folder))
    ((sdist,), (wheel,)) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return sdist.resolve(), wheel.resolve()


def make_empty(session: nox.Session, wheel: Path, *extras: str) -> str:
    """Make an environment that has nothing but the wheel and what it asks for; return its Python."""
    folder = Path(session.create_tmp()).resolve() / "-".join(["empty", *extras])
    session.run("python", "-m", "venv", "--clear", str(folder))
    python = str(folder / ("Scripts" if os.name == "nt" else "bin") / "python")
    asked = f"{wheel}[{','.join(extras)}]" if extras else str(wheel)
    session.run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", asked, external=True)
    return python


def go_where_src_is_not(session: nox.Session, *requirements: str) -> None:
    """Install what would be published, and go to a copy of the project that has no ``src``: the unpacked sdist."""
    session.install("build")
    away = Path(session.create_tmp()).resolve() / "away"
    shutil.rmtree(away, ignore_errors=True)
    sdist, wheel = build(session, away / "dist")
    session.install(f"{wheel}[{','.join(EXTRAS)}]", *requirements, *group("tests"))
    session.install("--force-reinstall", "--no-deps", str(wheel))  # the last one may have had the same version
    shutil.unpack_archive(sdist, away)
    copy = away / sdist.name.removesuffix(".tar.gz")
    shutil.rmtree(copy / "src")
    shared = Path.cwd().parent / "shared"
    if shared.is_dir():
        (away / "shared").symlink_to(shared)
    session.chdir(copy)


def bounds(sign: str, suffix: str) -> list[str]:
    """Return what the package asks for, with and without extras, with another bound in the place of the lowest."""
    return [re.sub(r">=([\d.]+).*", rf"{sign}\g<1>{suffix}", needed) for needed in asked_for(*EXTRAS)]


def asked_for(*extras: str) -> list[str]:
    """Return the libraries that the package asks for with these extras."""
    return [*PYPROJECT["project"]["dependencies"], *(needed for extra in extras for needed in EXTRAS[extra])]


def group(name: str) -> tuple[str, str]:
    """Name a dependency group the way pip and uv both understand."""
    return ("--group", name)
