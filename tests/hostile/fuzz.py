"""Coverage-guided fuzzing of the four doors: ``python tests/hostile/fuzz.py [seconds] [door …]``.

Each door is fuzzed in a process of its own, for its share of the seconds, from the good answers of our simulators. A
finding ends with its traceback, the input in a file, and status 1; ``fuzz.py --door codec FILE`` shows it again.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
DOORS = ("codec", "odata", "money", "inn")
#: what is watched for new paths
ROOMS = ("api", "models", "onec", "transport", "wirejson")
SECONDS = 60
#: no single input may take longer, or need more memory (MB)
SLOWEST, FATTEST = 20, 1024


def main(arguments: Sequence[str]) -> int:
    """Fuzz each door for its share of the time."""
    if importlib.util.find_spec("atheris") is None:
        sys.stderr.write(
            "\n*** SKIPPED: atheris is not installed, so nothing was fuzzed. It has wheels for Linux on x86-64 and "
            "Python 3.11 to 3.13.\n*** The Hypothesis tests in tests/hostile knock at the same doors.\n\n"
        )
        return 0
    if arguments[:1] == ["--door"]:
        fuzz(arguments[1], arguments[2:])
        return 0
    seconds, chosen = (int(arguments[0]) if arguments else SECONDS), arguments[1:] or DOORS
    failed = [door for door in chosen if not _fuzz_apart(door, max(1, seconds // len(chosen)))]
    sys.stderr.write(f"\n{'FOUND something in ' + ', '.join(failed) if failed else 'Found nothing'}; {seconds} s.\n")
    return 1 if failed else 0


def _fuzz_apart(door: str, seconds: int) -> bool:
    """Fuzz one door in a process of its own: the fuzzer ends the process it runs in."""
    findings = Path(tempfile.gettempdir()) / "billmanager-1c-findings"
    findings.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(_seeds(door)):
            (Path(corpus) / f"seed-{number}").write_bytes(seed)
        options = (f"-max_total_time={seconds}", f"-timeout={SLOWEST}", f"-rss_limit_mb={FATTEST}", "-max_len=20000")
        sys.stderr.write(f"\n=== {door}, {seconds} s ===\n")
        command = [sys.executable, __file__, "--door", door, *options, f"-artifact_prefix={findings}/{door}-", corpus]
        return subprocess.run(command, check=False).returncode == 0


def fuzz(door: str, options: Sequence[str]) -> None:
    """Fuzz one door until its time is over; this does not return."""
    import atheris

    sys.path.append(str(HERE))
    with atheris.instrument_imports(include=[f"billmanager_1c.{room}" for room in ROOMS]):
        import doors
    knock = _knock(door, doors)
    atheris.Setup([sys.argv[0], *options], knock)
    atheris.Fuzz()


def _knock(door: str, doors: Any) -> Callable[[bytes], object]:
    """Return the function that takes any bytes to a door; the first bytes choose between its questions."""
    answers = [pair for several in doors.answers().values() for pair in several] if door == "codec" else []

    def codec(data: bytes) -> object:
        return doors.read_answer(answers[data[0] % len(answers)][0], data[1:]) if data else None

    def odata(data: bytes) -> object:
        if len(data) < 2:
            return None
        verb, place = doors.VERBS[data[0] % len(doors.VERBS)], data[1] % 8
        return doors.read_infobase(verb, data[2:], place=place, status=(200, 200, 200, 500, 404)[data[1] // 8 % 5])

    def money(data: bytes) -> object:
        return doors.read_money(data.decode("utf-8", "replace"))

    def inn(data: bytes) -> object:
        return doors.read_inn(data.decode("utf-8", "replace"))

    return {"codec": codec, "odata": odata, "money": money, "inn": inn}[door]


def _seeds(door: str) -> Iterator[bytes]:
    """Yield good inputs to begin with."""
    sys.path.append(str(HERE))
    import doors

    match door:
        case "codec":
            pairs = [pair for several in doors.answers().values() for pair in several]
            yield from (bytes([number]) + body for number, (_, body) in enumerate(pairs))
        case "odata":
            for number, verb in enumerate(doors.VERBS):
                for place, body in enumerate(doors.infobase_answers(verb)):
                    yield bytes([number, place]) + body
            yield b"\x00\x18" + b'{"odata.error":{"code":"20","message":{"lang":"ru","value":"no"}}}'
            yield b"\x00\x18" + b"<m:error><m:code>-1</m:code><m:message>no</m:message></m:error>"
        case "money":
            yield from (b"1234.50 RUB", b"-0.01", b"+5 $", "1\u00a0000,50".encode(), "١٢".encode(), b"1E+9")
        case "inn":
            yield from (b"7707083893", b"500100732259", " 7707083893\u200b".encode(), "٧٧".encode())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
