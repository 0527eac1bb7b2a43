"""What a run shows on the console."""

import io
import logging

from loco_mm.engine.console import keep_details_in_file


def test_details_are_only_in_the_file(tmp_path):
    logger = logging.Logger("run")
    console = logging.StreamHandler(io.StringIO())
    file = logging.FileHandler(tmp_path / "run.log")
    logger.handlers = [console, file]
    keep_details_in_file(logger)
    details = ["Config:\nmodel = dict()", "paramwise_options -- a.bias:weight_decay=0.0"]
    shown = ["Epoch(train) [1][20/63]  loss: 2.5", "the Config:\n of"]
    for message in [*details, *shown]:
        logger.info("%s", message)
    assert console.stream.getvalue() == "".join(f"{message}\n" for message in shown)
    assert (tmp_path / "run.log").read_text() == "".join(f"{m}\n" for m in [*details, *shown])
