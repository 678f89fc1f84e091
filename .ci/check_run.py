"""Check what a run of tinygrad-xor left behind, with nothing of tinygrad_xor.

The network's predictions are computed here again from the file's arrays, in plain NumPy.
"""

import argparse
import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np

INPUTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR = [0.0, 1.0, 1.0, 0.0]
SHAPES = {"0.kernel": (2, 5), "0.bias": (5,), "1.kernel": (5, 1), "1.bias": (1,)}


def expect(condition: bool, complaint: str) -> None:
    """End with `complaint` unless `condition` holds."""
    if not condition:
        sys.exit(f"check_run: {complaint}")


def check_network(path: Path) -> Any:
    """The predictions of the saved network, which must be XOR's."""
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    shapes = {name: arrays[name].shape for name in arrays if name != "config"}
    expect(shapes == SHAPES, f"{path} has arrays {shapes}, not {SHAPES}")
    hidden = np.maximum(INPUTS @ arrays["0.kernel"] + arrays["0.bias"], 0)
    logits = hidden @ arrays["1.kernel"] + arrays["1.bias"]
    predictions = (1 / (1 + np.exp(-logits))).ravel()
    expect(np.round(predictions).tolist() == XOR, f"{path} predicts {predictions}")
    return predictions


def check_png(path: Path) -> None:
    """A picture of a sensible size with something on it."""
    from PIL import Image

    with Image.open(path) as picture:
        expect(picture.format == "PNG", f"{path} is a {picture.format}")
        width, height = picture.size
        expect(300 <= width <= 4000 and 200 <= height <= 4000, f"{path} is {width}x{height}")
        colours = picture.convert("RGB").getcolors(maxcolors=width * height) or []
    most = max(count for count, _ in colours) / (width * height)
    expect(len(colours) >= 20 and most < 0.99, f"{path} is blank: {len(colours)} colours")


def check_svg(path: Path) -> None:
    """A graph with nodes and edges between them, drawn with numbers in it."""
    root = ET.parse(path).getroot()
    expect(root.tag.endswith("}svg"), f"{path} is not SVG but {root.tag}")
    kinds = [element.get("class") for element in root.iter()]
    nodes, edges = kinds.count("node"), kinds.count("edge")
    expect(nodes >= 10 and edges >= nodes - 1, f"{path} has {nodes} nodes and {edges} edges")
    text = " ".join("".join(element.itertext()) for element in root.iter() if "text" in element.tag)
    for word in "loss", "prediction", "x":
        expect(word in text, f"{path} has no text {word!r}")


def check_json(result: dict[str, Any], predictions: Any) -> None:
    """The machine-readable result says the same as the file."""
    rows = result["predictions"]
    expect([row["inputs"] for row in rows] == INPUTS.tolist(), f"the inputs are {rows}")
    expect([row["target"] for row in rows] == XOR, f"the targets are {rows}")
    same = np.allclose([row["prediction"] for row in rows], predictions, rtol=1e-12, atol=0)
    expect(bool(same), f"the JSON predicts {rows}, the saved network {predictions}")
    expect(result["learned"] is True, "the JSON says that nothing was learned")
    expect(result["parameters"] == 21, f"the JSON says {result['parameters']} parameters")


def main() -> None:
    """Check the folder that the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", type=Path, help="what tinygrad-xor --json printed")
    parser.add_argument("--without-pictures", action="store_true", help="extras are not there")
    args = parser.parse_args()
    predictions = check_network(args.folder / "network.npz")
    wanted = {"network.npz", "loss.png", "decision.png", "graph.svg"}
    if args.without_pictures:
        wanted = {"network.npz", "graph.dot"}
    else:
        check_png(args.folder / "loss.png")
        check_png(args.folder / "decision.png")
        check_svg(args.folder / "graph.svg")
    found = {path.name for path in args.folder.iterdir()}
    expect(found == wanted, f"{args.folder} has {sorted(found)}, not {sorted(wanted)}")
    if args.json:
        check_json(json.loads(args.json.read_text("utf-8")), predictions)
    sys.stdout.write(f"{args.folder.name}: XOR {predictions.round(4)}, {len(found)} files good\n")


if __name__ == "__main__":
    main()
