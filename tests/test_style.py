"""The figures' one style: colours that grey and the common colour-vision deficiencies leave apart."""

import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib import rc_context, rcParams
from matplotlib.colors import to_rgb

from idic_lib.plots import COLOURS, STYLE

SOURCES = sorted((Path(__file__).parents[1] / "notebooks" / "src").glob("*.py"))
#: Machado, Oliveira & Fernandes (2009), full severity, on linear RGB.
DEFICIENT = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(colour):
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lightness(rgb):
    """CIE L* of linear RGB, 0 to 100."""
    y = float(np.clip(rgb @ np.array([0.2126, 0.7152, 0.0722]), 0, 1))
    return 116 * np.cbrt(y) - 16 if y > 0.008856 else 903.3 * y


def lab(rgb):
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ np.clip(rgb, 0, 1)
    x, y, z = np.cbrt(xyz / [0.9505, 1, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("name", sorted(set(COLOURS) - {"ours"}))
def test_ours_is_told_from_each_other_colour_in_grey(name):
    assert abs(lightness(linear(COLOURS["ours"])) - lightness(linear(COLOURS[name]))) > 15


@pytest.mark.parametrize("kind", DEFICIENT)
@pytest.mark.parametrize("name", sorted(set(COLOURS) - {"ours"}))
def test_ours_is_told_from_each_other_colour_by_every_reader(kind, name):
    seen = [lab(np.array(DEFICIENT[kind]) @ linear(COLOURS[key])) for key in ("ours", name)]
    assert np.linalg.norm(seen[0] - seen[1]) > 20  # about 2 can just be seen side by side


def test_a_line_without_a_colour_takes_ours():
    with rc_context():
        rcParams.update(STYLE)
        assert [entry["color"] for entry in rcParams["axes.prop_cycle"]][:2] == [COLOURS["ours"], COLOURS["other"]]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_lessons_take_their_colours_from_the_style(path):
    code = "\n".join(line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    typed = re.findall(r"""colou?r=["']([^"']+)["']|["'](#[0-9A-Fa-f]{6})["']""", code)
    assert {one or other for one, other in typed} <= {"black", "k", "white", "none"}
