"""The files that install Källbot agree with each other, and with what is there to install."""

import os
import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from itertools import chain
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).parents[1]


def read(name):
    return (PROJECT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def project():
    return tomllib.loads(read("pyproject.toml"))


def test_every_package_that_is_needed_has_one_pinned_version_in_its_bounds(project):
    pins = {canonicalize_name(one.name): one for one in map(Requirement, pinned())}
    assert len(pins) == len(pinned())
    groups = project["project"]["optional-dependencies"].values()
    for needed in map(Requirement, [*project["project"]["dependencies"], *chain(*groups)]):
        if needed.name == project["project"]["name"]:  # one group in another
            continue
        [bound] = pins[canonicalize_name(needed.name)].specifier
        assert bound.operator == "=="
        assert needed.specifier.contains(bound.version), needed


def pinned():
    return [line for line in read("requirements.txt").splitlines() if not line.startswith("#")]


def test_docker_make_and_the_pages_install_the_same_versions():
    for name in ("Makefile", "deploy/Dockerfile", "docs/running.md"):
        installing = [line for line in read(name).splitlines()
                      if re.search(r"pip install |\$\(PIP\) ", line)
                      and "--no-deps ." not in line]  # fmt: skip
        assert installing, name
        assert all("--constraint requirements.txt" in line for line in installing), name


def test_torch_is_for_the_tests_and_for_other_models_and_is_the_build_for_processors(project):
    needed = project["project"]["dependencies"]
    assert not any(one.startswith(("torch", "sentence-")) for one in needed)
    for name in ("Makefile", "docs/running.md"):
        assert re.search(r"--constraint requirements\.txt .*torch", read(name)), name
        assert "download.pytorch.org/whl/cpu" in read(name), name


def test_docker_may_copy_what_it_copies_and_little_else():
    ignored, *allowed = [line for line in read(".dockerignore").splitlines()
                         if line and not line.startswith("#")]  # fmt: skip
    assert ignored == "*"
    kept = [line.removeprefix("!") for line in allowed if line.startswith("!")]
    copied = [part for line in re.findall(r"(?m)^COPY (?!--)(.+) \S+$", read("deploy/Dockerfile"))
              for part in line.split()]  # fmt: skip
    assert set(copied) == set(kept)
    assert all((PROJECT / name).exists() for name in copied)
    secret = ("kallbot.toml", "deploy/kallbot.env", ".venv/pyvenv.cfg", ".git/config")
    assert not any(fnmatch(name, one) for name in secret for one in kept)


def test_docker_installs_what_is_needed_whatever_else_changes(project, tmp_path):
    dockerfile = read("deploy/Dockerfile")
    [listing] = re.findall(r"(?ms)^RUN (python -c .+?packages\.txt)$", dockerfile)
    (tmp_path / "pyproject.toml").write_text(read("pyproject.toml"), encoding="utf-8")
    folder = Path(sys.executable).parent
    environment = {"PATH": f"{folder}{os.pathsep}{os.defpath}"}
    command = listing.replace("\\\n", "")  # as Docker joins the lines
    subprocess.run(["sh", "-c", command], check=True, cwd=tmp_path, env=environment)
    written = (tmp_path / "packages.txt").read_text(encoding="utf-8").splitlines()
    extras = project["project"]["optional-dependencies"]
    assert written == [*project["project"]["dependencies"], *extras["milvus"], *extras["postgres"]]
    # Of the checkout, that layer is built from no more than this.
    before, _ = dockerfile.split("RUN pip install --constraint")
    in_build = before.partition(" AS build\n")[2]
    assert re.findall(r"(?m)^COPY (.+) \S+$", in_build) == [
        "requirements.txt", "--from=needed /src/packages.txt"
    ]  # fmt: skip


def test_the_packages_of_the_wheel_are_what_docker_copies(project):
    targets = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    made_of = {*targets["packages"], *targets["force-include"], *targets["shared-data"]}
    assert all(f"COPY {name} {name}\n" in read("deploy/Dockerfile") for name in made_of)


def test_the_manual_of_the_service_is_where_the_package_puts_it(project):
    [manual] = re.findall(
        r"(?m)^Documentation=file:///opt/kallbot/(.+)$", read("deploy/kallbot.service")
    )
    [(source, target)] = project["tool"]["hatch"]["build"]["targets"]["wheel"][
        "shared-data"
    ].items()
    assert (PROJECT / source / manual.removeprefix(f"{target}/")).is_file()


def test_no_service_manager_goes_on_with_a_wrong_setting_or_ends_a_first_build():
    assert "RestartPreventExitStatus=2" in read("deploy/kallbot.service")
    assert '"telegram", "--stay"]' in read("deploy/Dockerfile")
    [service] = yaml.safe_load(read("deploy/compose.yaml"))["services"].values()
    assert "/livez" in service["healthcheck"]["test"][-1]
    assert "TZ=Europe/Stockholm" in read("deploy/Dockerfile")
    assert "TZ=Europe/Stockholm" in read("deploy/kallbot.service")
