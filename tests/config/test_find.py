from pathlib import Path

import pytest

from authwright.config.find import candidates, find, overlay


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


def test_a_folder_of_that_name_is_not_a_file(tmp_path, repository):
    (repository / "authwright.yaml").mkdir()

    assert find(repository, tmp_path / "user") is None


@pytest.mark.parametrize(
    ("path", "beside"), [("/x/authwright.yaml", "/x/authwright.local.yaml"), ("/x/team.yml", "/x/team.local.yml")]
)
def test_the_overlay_lies_beside_the_file(path, beside):
    assert overlay(Path(path)) == Path(beside)
