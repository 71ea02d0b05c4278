"""The files beside the code say the same as each other and as the code."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECTIONS = ["Security", "Removed", "Deprecated", "Added", "Changed", "Fixed"]


def read(name: str) -> str:
    """Return the text of a file of the project."""
    return (ROOT / name).read_text(encoding="utf-8")


def fenced(text: str, language: str) -> list[str]:
    """Return the code blocks of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)


def headings(text: str) -> list[int]:
    """Return the levels of the headings of a page, from the top."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    return [len(marks) for marks in re.findall(r"^(#+) ", prose, flags=re.MULTILINE)]


def without_comments(code: str) -> str:
    """Return Python without the comments, which are translated."""
    return re.sub(r"\s*#.*", "", code)


@pytest.fixture(scope="module")
def pyproject() -> dict[str, Any]:
    """What the project says of itself."""
    return tomllib.loads(read("pyproject.toml"))


def test_the_readme_has_two_commands_and_ci_runs_the_second() -> None:
    """CI runs what a newcomer is told to run, word for word, and prints nothing after it."""
    demo, tests = fenced(read("README.md"), "sh")
    assert demo.rstrip().endswith("-m billmanager_1c demo")
    assert tests.rstrip().endswith("-m pytest -n auto")
    assert read(".ci/run").endswith(f"\n\n{tests}")


def test_the_quickstart_begins_with_the_command_of_the_readme() -> None:
    """The docs tell a newcomer the same first command."""
    assert fenced(read("docs/quickstart.md"), "sh")[0] == fenced(read("README.md"), "sh")[0]


def test_the_readme_says_the_same_in_both_languages() -> None:
    """The Russian README has the same commands, the same example and the same parts."""
    english, russian = read("README.md"), read("README.ru.md")
    assert fenced(russian, "sh") == fenced(english, "sh")
    assert [without_comments(code) for code in fenced(russian, "python")] == [
        without_comments(code) for code in fenced(english, "python")
    ]
    assert headings(russian) == headings(english)


@pytest.mark.parametrize("page", ["README.md", "README.ru.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"])
def test_links_lead_to_files(page: str) -> None:
    """A relative link of a front page leads to a file of the project."""
    targets = [target for target in re.findall(r"\]\(([^)#]+)", read(page)) if "://" not in target]
    assert [target for target in targets if not (ROOT / target).is_file()] == []


def test_the_licence_is_mit(pyproject: dict[str, Any]) -> None:
    """The licence that the package declares is the one in the file."""
    assert pyproject["project"]["license"] == "MIT"
    assert read("LICENSE").startswith("MIT License\n\nCopyright (c) 2026 the billmanager_1c authors\n")


def test_the_package_needs_four_libraries(pyproject: dict[str, Any]) -> None:
    """Nothing else is installed without an extra."""
    names = {re.split(r"[<>=\[]", needed)[0] for needed in pyproject["project"]["dependencies"]}
    assert names == {"httpx", "attrs", "cattrs", "typing-extensions"}
    assert set(pyproject["project"]["optional-dependencies"]) == {"postgres", "notebook"}


def test_the_changelog_keeps_its_order() -> None:
    """Newest version first, sections in the order of what hurts most, and no empty section."""
    changes = read("CHANGELOG.md").partition("<!-- changes begin here -->")[2]
    versions = re.split(r"^## ", changes, flags=re.MULTILINE)[1:]
    assert versions[0].startswith("Unreleased\n")
    for version in versions:
        sections = re.findall(r"^### (.+)$", version, flags=re.MULTILINE)
        assert sections == [name for name in SECTIONS if name in sections], version.partition("\n")[0]
        assert not re.search(r"^### .+\n\s*(?=##|\Z)", version, flags=re.MULTILINE)


def test_the_version_stands_in_one_place(pyproject: dict[str, Any]) -> None:
    """It is counted from the tags of git, and no file repeats it."""
    assert "version" in pyproject["project"]["dynamic"]
    assert pyproject["tool"]["hatch"]["version"]["source"] == "vcs"
    assert not re.search(r"^__version__ *[:=] *[\"']", read("src/billmanager_1c/__init__.py"), flags=re.MULTILINE)


def test_every_supported_python_is_tested(pyproject: dict[str, Any]) -> None:
    """The versions that the package claims begin with the oldest it can be installed on."""
    claimed = [c.rpartition(" ")[2] for c in pyproject["project"]["classifiers"] if re.search(r":: 3\.\d+$", c)]
    assert claimed == ["3.11", "3.12", "3.13"]
    assert pyproject["project"]["requires-python"] == f">={claimed[0]}"


@pytest.mark.parametrize("workflow", ["ci", "release"])
def test_workflows_run_only_what_is_pinned_and_have_no_rights_of_their_own(workflow: str) -> None:
    """An action is a commit with its version beside it; rights are given to a job, and no code keeps a token."""
    text = read(f".github/workflows/{workflow}.yml")
    used = re.findall(r"uses: (.+)$", text, flags=re.MULTILINE)
    assert used
    assert [action for action in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)] == []
    assert text.count("actions/checkout@") == text.count("persist-credentials: false")
    assert "\npermissions: {}\n" in text
    assert text.count("runs-on:") == text.count("timeout-minutes:") == text.count("\n    permissions:\n")


def test_workflows_run_every_supported_python_and_the_readme(pyproject: dict[str, Any]) -> None:
    """CI tests the versions that the package claims, and what a newcomer is told to run."""
    text = read(".github/workflows/ci.yml")
    claimed = re.findall(r":: (3\.\d+)", "".join(pyproject["project"]["classifiers"]))
    assert f"python: {json.dumps(claimed)}" in text
    assert "run: .ci/run\n" in text


def test_examples_hold_no_secret_and_no_real_host() -> None:
    """Whoever pastes an example reaches nobody: its password is an ellipsis, its host a reserved name."""
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    code = "".join("".join(fenced(page.read_text(encoding="utf-8"), "python")) for page in pages)
    assert set(re.findall(r'password="([^"]*)"', code)) == {"…"}
    hosts = set(re.findall(r"https?://([^/\"\s]+)", code))
    assert hosts
    assert {host for host in hosts if not host.endswith((".example", "127.0.0.1", "localhost"))} == set()
