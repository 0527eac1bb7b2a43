"""The command ``loco-mm``, which runs the tools of the installed package."""

import runpy
import sys
from pathlib import Path

_TOOLS = Path(__file__).parent / ".mim" / "tools"
_SHORT = {"extract": "extract_features", "publish": "publish_model"}


def main() -> None:
    """Run a tool: ``loco-mm train CONFIG ...`` is ``python tools/train.py CONFIG ...``."""
    tools = {path.stem: path for path in _TOOLS.rglob("*.py") if path.parent.name != "plans"}
    tools |= {short: tools[name] for short, name in _SHORT.items()}
    name = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if name not in tools:
        text = f"usage: loco-mm TOOL ...\n\nTOOL: {', '.join(sorted(tools))}"
        if name not in ("-h", "--help"):
            raise SystemExit(f"{text}\n\nerror: unknown tool {name!r}")
        print(text)
        return
    sys.argv = [f"loco-mm {name}", *sys.argv[2:]]
    runpy.run_path(str(tools[name]), run_name="__main__")
