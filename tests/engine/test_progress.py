"""Progress bars."""

from loco_mm.engine.progress import progress_bar


def test_a_bar_counts_on_stderr(capsys):
    assert list(progress_bar(range(3), "reading")) == [0, 1, 2]
    out, error = capsys.readouterr()
    assert out == ""
    assert error.split()[0] == "reading"
    assert "3/3" in error
    assert list(progress_bar(iter("ab"), "letters", total=2)) == ["a", "b"]
    assert "2/2" in capsys.readouterr().err
