import os
from pathlib import Path

import pytest

from authwright import ownership
from authwright.config import load
from authwright.config.find import candidates, find, overlay
from authwright.errors import ConfigError


@pytest.fixture
def repository(tmp_path):
    (tmp_path / "repo" / "a" / "b").mkdir(parents=True)
    (tmp_path / "repo" / ".git").mkdir()
    return tmp_path / "repo"


def test_a_repository_is_searched_up_to_its_root_and_then_the_users_folder(tmp_path, repository):
    user = tmp_path / "user"
    folders = [repository / "a" / "b", repository / "a", repository, user]

    assert list(candidates(repository / "a" / "b", user)) == [folder / "authwright.yaml" for folder in folders]


def test_the_nearest_file_is_found(tmp_path, repository):
    for folder in (tmp_path, repository, repository / "a"):
        (folder / "authwright.yaml").touch()

    assert find(repository / "a" / "b", tmp_path) == repository / "a" / "authwright.yaml"
    assert find(repository, tmp_path) == repository / "authwright.yaml"


def test_a_file_above_the_repository_is_not_found(tmp_path, repository):
    (tmp_path / "authwright.yaml").touch()

    assert find(repository / "a", tmp_path / "user") is None


def test_a_git_file_marks_a_repository_too(tmp_path):
    (tmp_path / "authwright.yaml").touch()
    (tmp_path / "worktree").mkdir()
    (tmp_path / "worktree" / ".git").write_text("gitdir: elsewhere")

    assert find(tmp_path / "worktree", tmp_path / "user") is None


def test_outside_a_repository_the_way_up_ends_at_a_folder_that_others_write_to(tmp_path):
    shared = tmp_path / "shared"
    (shared / "mine" / "deep").mkdir(parents=True)
    shared.chmod(0o777)
    (shared / "authwright.yaml").touch()

    assert find(shared / "mine" / "deep", tmp_path / "user") is None
    (shared / "mine" / "authwright.yaml").touch()
    assert find(shared / "mine" / "deep", tmp_path / "user") == shared / "mine" / "authwright.yaml"


@pytest.fixture
def of_another(monkeypatch):
    """Makes a path look like another user's, to whoever runs the tests."""
    real = ownership._of

    def mark(path):
        theirs = path.lstat()

        def of(found, where):
            status = real(found, where)
            return status._replace(uid=os.geteuid() + 4711) if found.st_ino == theirs.st_ino else status

        monkeypatch.setattr(ownership, "_of", of)

    return mark


def test_a_git_folder_that_another_user_planted_does_not_lengthen_the_way_up(tmp_path, of_another):
    shared = tmp_path / "shared"
    (shared / "mine").mkdir(parents=True)
    shared.chmod(0o1777)
    (shared / "authwright.yaml").touch()
    (shared / ".git").mkdir()
    assert find(shared / "mine", tmp_path / "user") == shared / "authwright.yaml"
    of_another(shared / ".git")
    assert find(shared / "mine", tmp_path / "user") is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_git_folder_that_really_is_another_users_does_not_lengthen_the_way_up(tmp_path):
    shared = tmp_path / "shared"
    (shared / "mine").mkdir(parents=True)
    shared.chmod(0o1777)
    (shared / "authwright.yaml").touch()
    (shared / ".git").mkdir()
    os.chown(shared / ".git", 65534, 65534)
    assert find(shared / "mine", tmp_path / "user") is None


@pytest.mark.parametrize("name", ["authwright.yaml", "authwright.local.yaml"])
def test_a_file_that_others_wrote_is_found_and_refused_and_the_next_one_is_not_taken_instead(
    tmp_path, repository, of_another, name
):
    for folder in (repository, repository / "a"):
        (folder / "authwright.yaml").write_text("version: 1\nrules: []\n")
    (repository / "a" / name).write_text("version: 1\nrules: []\n")
    of_another(repository / "a" / name)
    found = find(repository / "a" / "b", tmp_path / "user")
    assert found == repository / "a" / "authwright.yaml"
    with pytest.raises(ConfigError) as caught:
        load(found)
    assert [(one.file, one.code) for one in caught.value.problems] == [(str(repository / "a" / name), "file_ownership")]


def test_a_named_pipe_of_that_name_is_found_and_refused(tmp_path, repository):
    os.mkfifo(repository / "authwright.yaml")
    found = find(repository, tmp_path / "user")
    assert found == repository / "authwright.yaml"
    with pytest.raises(ConfigError, match="is not a file"):
        load(found)


@pytest.mark.parametrize(
    "text",
    [
        'auth: {type: bearer, token: "${file:secret.pem}"}',
        "auth: {type: edgegrid, edgerc: secret.pem}",
        "auth: {type: bearer, token: x}, client_certificate: secret.pem",
        "auth: {type: bearer, token: x}, client_key: secret.pem",
    ],
)
def test_what_the_file_names_must_be_ones_own_too(tmp_path, text):
    (tmp_path / "secret.pem").write_text("x")
    (tmp_path / "secret.pem").chmod(0o622)
    (tmp_path / "authwright.yaml").write_text(f"version: 1\nrules:\n  - {{match: a.example.com, {text}}}\n")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "authwright.yaml")
    assert ("file_ownership", f"chmod go-w {tmp_path / 'secret.pem'}") in [(one.code, one.hint) for one in caught.value.problems]


def test_the_cas_it_names_must_be_ones_own_too(tmp_path):
    (tmp_path / "ca.pem").touch()
    (tmp_path / "ca.pem").chmod(0o666)
    (tmp_path / "authwright.yaml").write_text("version: 1\nsettings: {upstream_ca: ca.pem}\nrules: []\n")
    with pytest.raises(ConfigError, match="can write to"):
        load(tmp_path / "authwright.yaml")


def test_a_folder_of_that_name_is_not_a_file(tmp_path, repository):
    (repository / "authwright.yaml").mkdir()

    assert find(repository, tmp_path / "user") is None


@pytest.mark.parametrize(
    ("path", "beside"), [("/x/authwright.yaml", "/x/authwright.local.yaml"), ("/x/team.yml", "/x/team.local.yml")]
)
def test_the_overlay_lies_beside_the_file(path, beside):
    assert overlay(Path(path)) == Path(beside)
