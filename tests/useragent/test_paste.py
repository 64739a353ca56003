"""Pasted lines are read as they come, from a terminal, a pipe or a file."""

import os

from authwright.useragent.paste import lines


async def test_lines_come_as_they_are_typed_and_end_with_the_input():
    reading, writing = os.pipe()
    os.write(writing, b"one\ntw")
    typed = lines(reading)
    assert await anext(typed) == "one"
    os.write(writing, b"o\nthree")
    os.close(writing)
    assert [line async for line in typed] == ["two", "three"]
    os.close(reading)


async def test_lines_of_a_file_are_read_too(tmp_path):
    (tmp_path / "lines").write_text("one\ntwo\n")
    with (tmp_path / "lines").open() as file:
        assert [line async for line in lines(file.fileno())] == ["one", "two"]
