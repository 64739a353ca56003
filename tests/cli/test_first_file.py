"""The file that `init` writes."""


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
