"""Strings from files never become code, paths, markup or terminal control codes."""

import copy
import csv
import functools
import json
import os
import re
import warnings
from types import SimpleNamespace

import pytest
import torch

from loco_mm.apis import AVEventInferencer, import_annotations, init_model, load_config
from loco_mm.apis.publishing import publish_model
from loco_mm.engine.cli import one_line
from loco_mm.errors import InputError
from loco_mm.exchange import EventTable, NamedEvent, VideoEvents, read_events, write_csv
from loco_mm.fileio import write_json
from loco_mm.fileio.table_files import write_dcase
from loco_mm.registry import DATASETS
from loco_mm.text import printable

from ..apis.small_localizer import small_checkpoint, small_config, some_features
from ..comparing import CONFIGS, ROOT
from .hostile_texts import CLIMBING, CODE, ESCAPE, MARKUP, NAMES, TEMPLATE, payloads
from .readers import READERS, NothingThereError
from .runs import tiny_cfg, train
from .test_odd_names import assert_plain


@pytest.fixture(autouse=True)
def inside(monkeypatch, tmp_path):
    """The working directory, two folders below ``tmp_path``, in which no trace may appear."""
    folder = tmp_path / "a" / "inside"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    yield folder
    assert not [path for path in tmp_path.rglob("*") if path.name.startswith("trace")]


# All readers with all payloads.


def _with_payload(valid, payload):
    """A valid document or text with one of its strings replaced by the payload."""
    if isinstance(valid, bytes):
        words = dict.fromkeys(re.findall(rb"[A-Za-z][\w.-]*", valid[:2000]))
        for word in list(words)[:25]:
            yield valid.replace(word, payload.encode())
    elif isinstance(valid, str):
        yield payload
    elif isinstance(valid, (dict, list)):
        items = list(valid.items() if isinstance(valid, dict) else enumerate(valid))
        for key, value in items:
            for changed in _with_payload(value, payload):
                other = copy.copy(valid)
                other[key] = changed
                yield other
            if isinstance(valid, dict):
                yield {(payload if k == key else k): v for k, v in valid.items()}


@pytest.mark.parametrize("payload", NAMES)
@pytest.mark.parametrize("name", READERS)
def test_every_reader_takes_them_as_texts_or_refuses_them(name, payload, inside, tmp_path):
    reader, text = READERS[name], payloads(tmp_path)[payload]
    for content in _with_payload(reader.valid, text):
        path = reader._replace(valid=content).write_valid(inside)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                reader.accept(path)
            except (InputError, NothingThereError) as error:
                assert error.args == () or one_line(error)
        warnings_seen = [str(w.message) for w in caught if w.filename.startswith(str(ROOT))]
        assert_plain(*warnings_seen)


# Data from which a config is created.


def write_features(folder, suffix="_v.npy"):
    """Write the description of a folder of features."""
    grid = dict(fps=16, num_frames=8, stride=4)
    kind = dict(
        grid=grid,
        visual=dict(suffixes=[suffix], dim=322),
        audio=dict(suffixes=["_a.npy"], dim=130),
    )
    content = dict(extractor="x", version=1, settings={}, weights={}, features=kind)
    folder.mkdir(parents=True)
    write_json(folder / "features.json", content)


def write_table(folder):
    path = folder / "events.csv"
    path.write_text("video_id,start,end,label,duration,subset\na,1,2,rain,20,train\n")
    return path


@pytest.mark.parametrize(
    "text", [CODE, TEMPLATE.replace("\\", ""), '{{$X:"}}', "{{ fileDirname }}", 'it\'s "x"']
)
def test_features_of_a_folder_do_not_get_into_its_config(text, inside):
    write_features(inside / "mine" / "av_features", text)
    made = import_annotations(write_table(inside), "mine", CONFIGS / "loco_rendered.py")
    dataset = load_config(str(made.config)).train_dataloader.dataset
    assert dataset.features == "features.json"
    assert text not in made.config.read_text()
    dataset = DATASETS.build(dict(dataset, pipeline=[], lazy_init=True))
    assert dataset.features.visual.suffixes == (text,)


@pytest.mark.parametrize("suffix", [CLIMBING, "/trace", "_v.npy\0", TEMPLATE])
def test_endings_of_feature_files_stay_in_their_folder(suffix, inside):
    write_features(inside / "mine" / "av_features", suffix)
    with pytest.raises(InputError, match=r"features\.json: features\.visual\.suffixes: ending of"):
        import_annotations(write_table(inside), "mine", CONFIGS / "loco_rendered.py")


FOLDERS = [
    TEMPLATE,
    "{{ fileDirname }}",
    "{{$HOME:x}}",
    "{{ _base_.model }}",
    'it\'s "{x}"',
    "{{{}}}",
]


@pytest.mark.parametrize("name", FOLDERS)
def test_braces_in_the_names_of_folders(name, inside):
    write_features(inside / name / "av_features")
    made = import_annotations(write_table(inside), name, CONFIGS / "loco_rendered.py")
    cfg = load_config(str(made.config))
    assert cfg.train_dataloader.dataset.data_root == os.path.abspath(name)
    assert cfg.model.encoder.visual_dim == 322


def test_the_config_in_a_work_dir_is_the_one_that_ran(tiny_options, tiny_world, inside):
    name = "{{ fileDirname }} it's {{$X:y}}"
    (inside / name).symlink_to(tiny_world)
    roots = {key: name for key in tiny_options if key.endswith("data_root")}
    cfg = tiny_cfg(tiny_options | roots, inside / "run", **{"train_cfg.max_epochs": 1})
    train(cfg)
    dumped = load_config(str(inside / "run" / "loco_synthetic.py"))
    assert dumped.train_dataloader.dataset.data_root == name
    assert dumped.model == cfg.model


def test_a_table_does_not_reach_the_terminal(inside, run_tool):
    """The name of its split."""
    table = write_table(inside)
    table.write_text(table.read_text().replace("train", "\x1b[2J\x1b]0;title\x07"))
    status, out, error = run_tool("data/import_annotations.py", table, "--out", "mine")
    assert status == 0, error
    assert r"(1 \x1b[2J\x1b]0;title\x07)" in out
    assert_plain(out, error)


# Published models.


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = tmp_path_factory.mktemp("published")
    config = small_config(folder / "small.py")
    checkpoint = small_checkpoint(folder / "small.pth", config)
    publish_model(config, checkpoint, folder / "out")
    return folder / "out"


@pytest.fixture
def published(original, inside):
    """A copy, and its config to be changed."""
    folder = inside / "model"
    folder.mkdir()
    for path in original.iterdir():
        (folder / path.name).symlink_to(path)
    (folder / "config.json").unlink()
    return folder, json.loads((original / "config.json").read_text())


# Entries other than the model are ignored.
IGNORED = {
    "_base_": ["evil.py"],
    "custom_imports": dict(imports=["evil"]),
    "default_scope": "evil",
    "test_dataloader": dict(collate_fn="evil.run", dataset=dict(metainfo=dict(classes="evil.py"))),
    "{{$X:y}}": TEMPLATE,
    "env_cfg": dict(type="evil.run"),
}


@pytest.mark.parametrize("key", IGNORED)
def test_a_published_model_is_its_model_alone(key, published, monkeypatch):
    folder, content = published
    for place in (folder, folder.parent):
        (place / "evil.py").write_text("run = open('trace', 'w')\n")
    monkeypatch.syspath_prepend(folder)
    write_json(folder / "config.json", {**content, key: IGNORED[key]})
    inferencer = AVEventInferencer(folder, device="cpu", show_progress=False)
    assert inferencer.classes == ("bark", "rain <b>", "horn")
    assert len(inferencer(tuple(some_features(20)))["predictions"]["results"]) == 1


CALL = dict(type="builtins.open", file="trace", mode="w")
LOAD = dict(type="Pretrained", checkpoint="https://example.invalid/x.pth")
REFUSED = [
    ("model", CALL, r"model\.type: expected a component of loco_mm, got 'builtins.open'"),
    ("model.head", CALL, r"head\.type: expected .*, got 'builtins.open'"),
    (
        "model.head.loss_cls",
        dict(type="antigravity"),
        r"head\.loss_cls\.type: expected .*, got 'antigravity'",
    ),
    (
        "model.pyramid.attention",
        dict(CALL),
        r"pyramid\.attention\.type: expected .*, got 'builtins.open'",
    ),
    ("model.neck.init_cfg", LOAD, r"neck\.init_cfg\.type: expected .*, got 'Pretrained'"),
    (
        "model.neck.x",
        [[dict(type=["open"])]],
        r"neck\.x\[0\]\[0\]\.type: expected .*, got \['open'\]",
    ),
    ("model.head._scope_", "mmdet", r"head\._scope_: expected .*, got 'mmdet'"),
    ("model.neck._scope_", "PointHead", r"neck\._scope_: expected .*, got 'PointHead'"),
    ("model.head.type", "TSNHead", r"head\.type: expected .*, got 'TSNHead' of mmaction"),
    ("model.encoder.type", TEMPLATE, r"encoder\.type: expected .*"),
    ("model", {}, r"config\.json: model: expected an object with a type, got {}"),
    ("model", None, r"config\.json: model: expected an object with a type.*, got None"),
]


@pytest.mark.parametrize(("place", "value", "message"), REFUSED)
def test_types_of_others_are_refused(place, value, message, published):
    folder, content = published
    *owners, last = place.split(".")
    functools.reduce(dict.__getitem__, owners, content)[last] = value
    write_json(folder / "config.json", content)
    import mmaction.models  # noqa: F401  (whose parts are registered, and still not taken)

    with pytest.raises(InputError, match=message) as caught:
        init_model(folder)
    assert str(folder / "config.json") in str(caught.value)


def test_a_published_model_that_is_nested_too_deep(published):
    folder, content = published
    text = json.dumps(content).replace(
        '"num_layers":', f'"x": {"[" * 900}{"]" * 900}, "num_layers":'
    )
    (folder / "config.json").write_text(text)
    with pytest.raises(InputError, match=r"config\.json: it is nested too deep"):
        init_model(folder)


def test_parts_of_packages_that_the_caller_names(published, tmp_path, monkeypatch):
    folder, content = published
    (tmp_path / "their_parts.py").write_text(
        "from loco_mm.models import FusionDecoder\n"
        "from loco_mm.registry import MODELS\n\n\n"
        "@MODELS.register_module()\n"
        "class TheirDecoder(FusionDecoder):\n"
        "    pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    content["model"]["neck"]["type"] = "TheirDecoder"
    write_json(folder / "config.json", content)
    with pytest.raises(InputError, match="expected a component of loco_mm, got 'TheirDecoder'"):
        init_model(folder)
    with pytest.raises(InputError, match="packages: 'their_part' cannot be imported"):
        init_model(folder, packages=["their_part"])
    model = init_model(folder, packages=["their_parts"])
    assert type(model.neck).__name__ == "TheirDecoder"
    weights = next(folder.glob("*.safetensors"))
    card = publish_model(model.info.config, weights, folder / "again", "x").parent / "README.md"
    assert (
        "AVEventInferencer.from_pretrained('this/folder', packages=['their_parts'])"
        in card.read_text()
    )


# File names.


@pytest.mark.parametrize("name", ["climbing", "absolute"])
def test_pictures_stay_in_their_folder(name, original, tmp_path):
    visual, audio = some_features(20)
    video = dict(visual=visual, audio=audio, video_id=payloads(tmp_path)[name])
    inferencer = AVEventInferencer(original, device="cpu", show_progress=False)
    with pytest.raises(InputError, match=r"inputs: video id: expected a name without path"):
        inferencer(video, vis_out_dir="pictures/x")


@pytest.mark.parametrize("name", ["climbing", "absolute"])
def test_rows_of_plans_stay_in_their_folder(name, inside, tmp_path, run_tool):
    row = dict(name=payloads(tmp_path)[name], config=None, system="A", dataset="b", supervision="c")
    (inside / "plan.py").write_text(f"rows = [{row!r}]")
    status, _, error = run_tool("reproduce.py", "--table", "plan.py", "--work-dir", "work/x")
    assert status == 2
    assert "plan plan.py: rows.0.name" in error and "a name without path separators" in error


@pytest.mark.parametrize("name", ["climbing", "absolute"])
def test_events_of_others_stay_in_their_folder(name, inside, tmp_path):
    results = {payloads(tmp_path)[name]: [dict(segment=[0, 1], label="rain", score=0.5)]}
    write_json(inside / "results.json", dict(results=results))
    with pytest.raises(InputError, match=r"results\.json: video id: expected a name without path"):
        read_events(inside / "results.json")


# Markdown, terminals and spreadsheets.


def test_a_table_of_figures_has_no_markup(inside, run_tool):
    row = dict(name="a", config=None, system=MARKUP, dataset=ESCAPE, supervision="c_1")
    (inside / "plan.py").write_text(f"rows = [{row!r}]")
    status, out, error = run_tool("reproduce.py", "--table", "plan.py", "--list")
    assert status == 0, error
    assert_plain(out, error)
    (line,) = out.splitlines()[2:]
    assert line == (
        r"| \</td\>\<img src=x onerror=alert(1)\> \*\*b\*\* \`c\` \| \[d\](https\://e.example) "
        r"\`\`\` | \\x1b\]0;title\\x07\\x1b\[2J\\r\\n\# second line | c_1 | no public code |"
    )


def test_a_model_card_has_no_markup_of_its_checkpoint(inside):
    config = small_config(inside / "small.py")
    described = dict(
        extractor=f"{MARKUP}\n```\n{ESCAPE}",
        version=1,
        settings={f"| {MARKUP}": ESCAPE},
        weights={MARKUP: ESCAPE},
        features={},
    )
    classes = (MARKUP, ESCAPE, "```")
    path = small_checkpoint(inside / "x.pth", config, classes=classes, extractor=described)
    content = torch.load(path)
    content["meta"] |= dict(epoch=1, best=dict(key=f"{MARKUP}\n", score=0.5))
    torch.save(content, path)
    card = (publish_model(config, path, inside / "out").parent / "README.md").read_text()
    plain, code, listed = re.fullmatch(
        r"(.*)\n```python\n(.*)\n```\n\n## Classes\n\n(.*)\n", card, re.S
    ).groups()
    assert_plain(card.replace("\n", ""))
    shown = plain.partition("# small")[2].replace("`loco_mm`", "")
    assert not re.search(r"(?<!\\)[<>*`\[]", shown)
    rows = [line for line in plain.splitlines() if line.startswith("|")]
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 3 for row in rows) and len(rows) == 10
    assert len(code.splitlines()) == 4
    call = code.splitlines()[2].removeprefix("inferencer = ")
    called = SimpleNamespace(from_pretrained=lambda folder, extractor: extractor)
    extractor = eval(call, dict(AVEventInferencer=called))
    assert extractor == described["extractor"]
    assert listed.splitlines() == [f"    {printable(name)}" for name in classes]


FORMULAS = [
    "=cmd|' /C calc'!A0",
    "+1",
    "-HuBNHXu9I",
    "@SUM(A1)",
    "'=1",
    "''-x",
    " =1",
    "it's",
    "'a",
]


@pytest.mark.parametrize(("write", "name"), [(write_csv, "x.csv"), (write_dcase, "x.tsv")])
def test_no_cell_of_a_table_is_a_formula(write, name, inside):
    ids = [text.replace("/", "|").strip() for text in FORMULAS]
    videos = {
        video_id: VideoEvents([NamedEvent(0, 1, text.strip())], f"{video_id}.mp4", 5, text.strip())
        for video_id, text in zip(ids, FORMULAS, strict=True)
    }
    write(inside / name, EventTable(videos))
    with open(inside / name, newline="") as file:
        rows = list(csv.reader(file, delimiter="," if name == "x.csv" else "\t"))
    assert not [cell for row in rows for cell in row if cell.lstrip()[:1] in tuple("=+-@")]
    table = read_events(inside / name)
    assert list(table.videos) == ids
    assert [event.label for _, event in table] == [text.strip() for text in FORMULAS]
    if name == "x.csv":
        assert [v.subset for v in table.videos.values()] == [text.strip() for text in FORMULAS]
