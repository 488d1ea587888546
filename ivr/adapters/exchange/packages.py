"""A private copy of Asterisk and nats-server: Debian's own packages, unpacked below the cache by an ordinary user.

Nothing of the machine is touched: apt works on a state folder of its own, from the machine's own mirror, and verifies
the archive's signatures as ever. The copy runs with its own C library, so the machine's release does not matter.
"""

import fcntl
import os
import platform
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ivr.domain.errors import HotlineError

WANTED = ("asterisk", "nats-server")
_WHOLE = "complete"
"""The file that stands in a copy once all of it is there."""


class PackagesUnavailable(HotlineError):
    """The private copy could not be made; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the packages come from."""

    site: str
    suite: str
    components: tuple[str, ...]
    keyring: Path


@dataclass(frozen=True, slots=True)
class Triplet:
    """How a processor is called in paths."""

    debian: str
    library: str
    loader: str


_TRIPLETS = {
    "x86_64": Triplet("amd64", "x86_64-linux-gnu", "ld-linux-x86-64.so.2"),
    "aarch64": Triplet("arm64", "aarch64-linux-gnu", "ld-linux-aarch64.so.1"),
}


def triplet() -> Triplet:
    """That of this machine. Raises PackagesUnavailable."""
    machine = platform.machine()
    if machine not in _TRIPLETS:
        raise PackagesUnavailable(f"no private Asterisk for {machine}; install Asterisk 20 or newer and set its path")
    return _TRIPLETS[machine]


def folder_of(cache: Path, suite: str) -> Path:
    """Where the copy of a suite lies."""
    return cache / "packages" / f"{suite}-{triplet().debian}"


def present(cache: Path, suite: str) -> Path | None:
    """The root of a whole copy, or None."""
    root = folder_of(cache, suite)
    return root / "root" if (root / _WHOLE).exists() else None


def fetch(cache: Path, suite: str, console: Console) -> Path:
    """Make the copy where it is not there yet; its root. Raises PackagesUnavailable."""
    target = folder_of(cache, suite)
    target.parent.mkdir(parents=True, exist_ok=True)
    with _alone(target.with_suffix(".lock"), console):
        found = present(cache, suite)
        if found is not None:
            return found
        _check_tools()
        aside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        try:
            _make(aside, _source(suite), console)
            (aside / _WHOLE).write_text("\n".join(WANTED) + "\n")
            shutil.rmtree(target, ignore_errors=True)  # a copy that broke off, from before
            aside.rename(target)
        except OSError as error:
            raise PackagesUnavailable(f"{aside.parent}: {error.strerror}; about 700 MB are needed there") from error
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    return target / "root"


def _check_tools() -> None:
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise PackagesUnavailable(
                f"{tool} is missing: install Asterisk 20 or newer by hand, HOTLINE_ASTERISK__BINARY=PATH"
            )


def _source(suite: str) -> Source:
    """The machine's own mirror; on Ubuntu the machine's own release, whose universe has Asterisk 20."""
    release = _os_release()
    rows = _run(
        ["apt-get", "indextargets", "--format", "$(SITE)|$(COMPONENT)|$(SIGNED_BY)|$(ORIGIN)", "Created-By: Packages"]
    )
    wanted = "Ubuntu" if release.get("ID") == "ubuntu" else "Debian"
    site = choose_site(rows.splitlines(), wanted)
    if wanted == "Ubuntu":
        keyring = Path("/usr/share/keyrings/ubuntu-archive-keyring.gpg")
        return Source(site, release["VERSION_CODENAME"], ("main", "universe"), keyring)
    return Source(site, suite, ("main",), Path("/usr/share/keyrings/debian-archive-keyring.gpg"))


def choose_site(rows: list[str], origin: str) -> str:
    """The mirror that most of the machine's index files of this origin come from. Raises PackagesUnavailable.

    A row is `SITE|COMPONENT|SIGNED_BY|ORIGIN`; the origin is empty before the first update of the machine's lists,
    then the path tells (`…/debian`, `…/ubuntu`). The security archive has no other suites, so it is left out.
    """
    sites = [row.split("|")[0] for row in rows if _is_main_archive(row, origin)]
    if not sites:
        raise PackagesUnavailable(
            f"the machine's apt configuration names no {origin} mirror; see /etc/apt/sources.list.d"
        )
    return max(dict.fromkeys(sites), key=sites.count)


def _is_main_archive(row: str, origin: str) -> bool:
    site, _, _, said = [*row.split("|"), "", "", ""][:4]
    path = site.rstrip("/").rsplit("/", 1)[-1]
    return (
        bool(site)
        and "security" not in site
        and (said == origin or path in (origin.lower(), f"{origin.lower()}-ports"))
    )


def _make(aside: Path, source: Source, console: Console) -> None:
    if not source.keyring.exists():
        raise PackagesUnavailable(f"{source.keyring} is missing; it comes with the machine's archive-keyring package")
    environment = _private_apt(aside, source)
    columns = (
        TextColumn("{task.description:<28}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=False) as progress:
        _download(aside, environment, progress)
        _unpack(aside, progress)
    shutil.rmtree(aside / "apt", ignore_errors=True)


def _private_apt(aside: Path, source: Source) -> dict[str, str]:
    apt = aside / "apt"
    for folder in ("lists/partial", "cache/archives/partial", "parts"):
        (apt / folder).mkdir(parents=True)
    (apt / "status").touch()
    components = " ".join(source.components)
    (apt / "sources.list").write_text(f"deb [signed-by={source.keyring}] {source.site} {source.suite} {components}\n")
    settings = {
        "Dir::State": apt,
        "Dir::State::lists": apt / "lists",
        "Dir::State::status": apt / "status",
        "Dir::Cache": apt / "cache",
        "Dir::Etc::sourcelist": apt / "sources.list",
        "Dir::Etc::sourceparts": apt / "parts",
        "Dir::Etc::preferencesparts": apt / "parts",
        "APT::Sandbox::User": _user(),
        "APT::Install-Recommends": "0",
        "APT::Update::Post-Invoke-Success": "",
        "Acquire::Languages": "none",
    }
    lines = [f'{key} "{value}";\n' for key, value in settings.items() if value != ""]
    (apt / "apt.conf").write_text(
        "".join(lines) + "#clear APT::Update::Post-Invoke-Success;\n#clear DPkg::Post-Invoke;\n"
    )
    return {**os.environ, "APT_CONFIG": str(apt / "apt.conf"), "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}


def _download(aside: Path, environment: dict[str, str], progress: Progress) -> None:
    task = progress.add_task("reading the package lists", total=None)
    _run(["apt-get", "-q", "update"], environment)
    plan = _run(["apt-get", "install", "--print-uris", "-qq", "-y", *WANTED], environment)
    total = sum(int(size) for size in re.findall(r"^'[^']+' \S+ (\d+)", plan, re.M))
    progress.update(task, description="downloading Asterisk", total=total, completed=0)
    archives = aside / "apt" / "cache" / "archives"
    command = ["apt-get", "install", "-q", "-y", "--download-only", *WANTED]
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said, text=True)  # noqa: S603
        while True:
            progress.update(task, completed=sum(file.stat().st_size for file in _files(archives)))
            try:
                code = process.wait(timeout=0.2)
                break
            except subprocess.TimeoutExpired:
                continue
        if code:
            said.seek(0)
            raise PackagesUnavailable(f"the packages cannot be downloaded: {_last_words(said.read())}")
    progress.update(task, completed=total)


def _files(folder: Path) -> Iterator[Path]:
    for path in (*folder.glob("*.deb"), *folder.glob("partial/*")):
        if path.is_file():
            yield path


def _unpack(aside: Path, progress: Progress) -> None:
    root = aside / "root"
    root.mkdir()
    archives = sorted((aside / "apt" / "cache" / "archives").glob("*.deb"))
    task = progress.add_task("unpacking", total=len(archives))
    for archive in archives:
        _run(["dpkg-deb", "-x", str(archive), str(root)])
        progress.advance(task)


def _run(command: list[str], environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise PackagesUnavailable(f"{' '.join(command[:3])} failed: {_last_words(done.stderr or done.stdout)}")
    return done.stdout


def _last_words(text: str) -> str:
    lines = [line for line in text.splitlines() if line.startswith(("E:", "W:", "Err:", "dpkg"))] or text.splitlines()
    return " ".join(lines[-3:]) or "no reason given; is the mirror reachable?"


def _user() -> str:
    return pwd.getpwuid(os.getuid()).pw_name


def _os_release() -> dict[str, str]:
    return platform.freedesktop_os_release()


@contextmanager
def _alone(lock: Path, console: Console) -> Iterator[None]:
    """One at a time: a second run waits for the first and then finds its work done."""
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.print("another hotline is fetching Asterisk; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
