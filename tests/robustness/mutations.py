"""Randomly changed files for all readers.

``documents`` changes JSON, ``damaged`` changes bytes, and ``npy_files`` changes headers of arrays.
"""

import copy
import json

from hypothesis import strategies as st

# Placeholders for values that `json.dumps` would not write.
RAW = {
    "@long number@": "9" * 400,
    "@too long number@": "9" * 5000,
    "@deep list@": "[" * 900 + "]" * 900,
    "@too deep list@": "[" * 100_000 + "]" * 100_000,
    "@deep object@": '{"a":' * 900 + "1" + "}" * 900,
    "@beyond float@": "1e999",
    "@half character@": '"\\ud800"',
}

ODD = st.sampled_from(
    [
        *(None, True, False, 0, -1, 1, 2, 0.5, -0.0, 1e-320, 1e39, -1e300, 2**31, 2**63, -(2**63)),
        *(float("nan"), float("inf"), -float("inf"), "", "a", "0", "1.5", "NaN", "null", "\0"),
        *("../x", "..", "/", "\ud83d", "Ä\u202e", "x" * 300, "label", "<b>", "$x$", "\n"),
        *([], [[]], [None], [0, 1], [1, 0], [0, 1, 2], ["0", "1"], {}, {"": 0}, {"label": None}),
        *RAW,
    ]
)
VALUES = ODD | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def _places(value, place=()):
    """Keys and indices of all nested values."""
    inside = value.items() if isinstance(value, dict) else ()
    inside = enumerate(value) if isinstance(value, list) else inside
    for key, child in inside:
        yield (*place, key)
        yield from _places(child, (*place, key))


def _change(draw, document):
    """Change one place."""
    place = draw(st.sampled_from(list(_places(document)) or [()]))
    # A copy, as hypothesis may reuse the value.
    value = copy.deepcopy(draw(VALUES))
    if not place:
        return value
    owner = document
    for key in place[:-1]:
        owner = owner[key]
    key, way = place[-1], draw(st.sampled_from(["value", "value", "gone", "wrap", "copy", "name"]))
    if way == "value":
        owner[key] = value
    elif way == "gone":
        del owner[key]
    elif way == "wrap":
        owner[key] = [owner[key]]
    elif way == "copy" and isinstance(owner, list):
        owner.append(copy.deepcopy(owner[key]))
    elif isinstance(owner, dict):
        name = draw(st.sampled_from(["", "\ud800", "..", "@twice@", "x"]) | st.text())
        owner[name] = copy.deepcopy(owner[key])
    return document


@st.composite
def documents(draw, valid):
    """Bytes of a JSON file similar to a valid one."""
    document = copy.deepcopy(valid)
    for _ in range(draw(st.integers(1, 3))):
        document = _change(draw, document)
    text = json.dumps(document)
    for mark, raw in RAW.items():
        text = text.replace(json.dumps(mark), raw)
        # Duplicates a key.
    text = text.replace('"@twice@"', '"label"')
    content = text.encode()
    return draw(damaged(content)) if draw(st.integers(0, 4)) == 0 else content


@st.composite
def damaged(draw, content):
    """Bytes with some of them changed, removed or inserted."""
    content = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        way = draw(st.sampled_from(["set", "set", "cut", "end", "put"]))
        if way == "set" and at < len(content):
            content[at] = draw(st.integers(0, 255))
        elif way == "cut":
            del content[at : at + draw(st.integers(1, 64))]
        elif way == "end":
            del content[at:]
        else:
            content[at:at] = draw(st.binary(max_size=16))
    return bytes(content)


SHAPES = st.sampled_from(
    [
        *("(5, 4)", "(5,)", "()", "(5, 4, 1)", "(0, 4)", "(-5, -4)", "(5.0, 4)", "(True, 20)"),
        *("(1000000000000, 4)", "(9223372036854775807, 4)", f"({2**64}, 4)", f"({10**400}, 4)"),
        *("(2**3, 4)", "[5, 4]", "'5, 4'", "None", "{}", "(5, (4,))", "(1000000, 1000000)"),
    ]
)
TYPES = st.sampled_from(
    [
        *("'<f4'", "'>f8'", "'<f2'", "'|u1'", "'<i8'", "'<c8'", "'|b1'", "'|O'", "'<U4'", "'|V4'"),
        *("'<M8[s]'", "'<f3'", "'<f99999999'", "''", "'float32'", "'f4,f4'", "[('a', '<f4')]"),
        *("[('a', '<f4', (2,))]", "('<f4', (4,))", "[('a', '<f4', {}), 3]", "{}", "1", "None"),
        *("[]", "{'names': ['a'], 'formats': ['<f4'], 'offsets': [99999999999]}", "'<f4', 'x': 1"),
    ]
)


def npy_file(header, data, version=1):
    """Bytes of a .npy file with an arbitrary header."""
    text = header.encode()
    size = len(text).to_bytes(2 if version == 1 else 4, "little")
    return b"\x93NUMPY" + bytes([version, 0]) + size + text + data


@st.composite
def npy_files(draw, valid):
    """Bytes of a .npy file with a new header, damaged bytes, or both."""
    content = valid
    if draw(st.booleans()):
        order = draw(st.sampled_from(["False", "True", "None", "2", "'no'"]))
        header = (
            f"{{'descr': {draw(TYPES)}, 'fortran_order': {order}, 'shape': {draw(SHAPES)}, }}\n"
        )
        odd = ["(" * 5000, "-" * 5000 + "1", "{b'descr': 1, 2: 3}", "[1, 2]", "\0", "{", "f()", "é"]
        header = draw(st.sampled_from(odd)) if draw(st.integers(0, 4)) == 0 else header
        data = valid[-80:] * draw(st.sampled_from([1, 1, 2]))
        content = npy_file(header, data, draw(st.sampled_from([1, 2, 3, 4])))
    return draw(damaged(content)) if draw(st.integers(0, 2)) == 0 else content
