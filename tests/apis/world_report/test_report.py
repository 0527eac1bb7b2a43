"""Tables with the statistics of a world."""

import re

from loco_mm.apis.world_report import describe_world
from loco_mm.worlds.synthetic import make_plan


def test_tables_of_a_world():
    world = dict(num_classes=2, durations=[20.0, 40.0], pace=2.0)
    text = describe_world(make_plan(world, dict(num_videos=[40, 0, 40], widths=[16, 16])))
    tables = text.split("\n\n")
    assert len(tables) == 3
    assert "| events whose class also occurs without an event, % | " in tables[0]
    assert re.search(r"\| median event / video, s \| \d+\.\d / \d+\.\d \|", tables[0])
    assert tables[1].splitlines()[0].endswith("| 1 steps | 3 steps | 9 steps | 25 steps |")
    assert "| both, compared | 100.0 | " in tables[2]
