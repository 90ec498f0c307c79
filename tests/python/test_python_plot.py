"""The pictures: their texts, their drawings, and that the same picture is the same bytes."""

import re
from xml.etree import ElementTree

import pytest


@pytest.fixture(scope="module")
def plot(peelian):
    import peelian.plot

    return peelian.plot


@pytest.fixture(scope="module")
def published(peelian, root):
    """Published figures of the Metropolitan Police Service, with a break in the series in March 2024."""
    return peelian.load({"published_figure": root / "seeds" / "figures" / "mps.crime-dashboard.csv"})


@pytest.fixture(scope="module")
def pictures(plot, workspace, published):
    knives = "knife-crime-offences"
    good_job = {"measures": "public-good-job-local", "periods": "R12-2017-03"}
    london = workspace.query(**good_job)[0]
    funnel = "hate-crime-attrition-funnel.all-hate.throughput"
    return {
        "trend": plot.trend(published.query(knives, areas="Southwark", periods="2023-08..2025-07")),
        "lines": plot.trend(published.query(knives, areas=["Southwark", "Lambeth"], periods="2023-08..2025-07")),
        "boroughs": plot.boroughs(workspace.query(areas="borough", **good_job), reference=london),
        "gap": plot.gap(workspace.query("perception-gap.trust-mps.white-black", periods="latest:24:R12")),
        "attrition": plot.attrition(workspace.query(funnel, periods="CY2017")),
        "funnel": plot.funnel(workspace.query(areas="borough", **good_job), reference=london),
        "multiples": plot.small_multiples(published.query(knives, areas="borough", periods="2023-08..2025-07")),
        "narrow": plot.small_multiples(
            published.query(knives, areas=["Southwark", "Lambeth"], periods="2023-08..2025-07"), columns=1
        ),
    }


NAMES = ["trend", "lines", "boroughs", "gap", "attrition", "funnel", "multiples", "narrow"]


def texts(picture):
    """Every text of the SVG, in one string."""
    document = ElementTree.fromstring(picture.svg())
    return " ".join("".join(node.itertext()) for node in document.iter("{http://www.w3.org/2000/svg}text"))


SAID = {
    "trend": ["Knife crime", "Southwark · August 2023 to July 2025", "Metropolitan Police Service dashboard"],
    "lines": ["Southwark, Lambeth · August 2023", "break in the series", "CONNECT"],
    "boroughs": [
        "good job",
        "33 areas · 12 months to March 2017",
        "Hillingdon",
        "City of London",
        "Order is not rank",
    ],
    "gap": ["White less Black", "12 months to January 2016", "no clear gap"],
    "funnel": ["good job", "12 months to March 2017", "99.8% limits", "would by chance", "Subjects"],
    "attrition": ["Attrition in hate crime cases", "Calendar year 2017", "Crimes recorded", "share lost"],
    "multiples": ["Knife crime", "33 areas", "Kensington and Chelsea", "no value", "24 not submitted"],
    "narrow": ["Knife crime", "2 areas", "CONNECT"],
}


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_says_what_it_shows(pictures, name):
    said = texts(pictures[name])
    for part in SAID[name]:
        assert part in said, (part, said)
    version = 2 if name == "attrition" else 1
    assert "not a release" in said and "Source: " in said and f"version {version} of the definition" in said
    made_up = name in ("boroughs", "gap", "attrition", "funnel")
    assert ("SYNTHETIC" in said) == made_up == ("Synthetic" in pictures[name].description)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_picture_is_the_same_bytes(pictures, name):
    assert pictures[name].svg() == pictures[name].svg()
    png = pictures[name].png()
    assert png == pictures[name]._repr_png_() and png.startswith(b"\x89PNG")


@pytest.mark.parametrize("name", NAMES)
def test_nothing_runs_out_of_the_picture(pictures, name):
    """No text is cut at an edge."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = pictures[name].figure
    renderer = FigureCanvasAgg(figure).get_renderer()
    width, height = figure.bbox.width, figure.bbox.height
    written = [*figure.texts]
    for axes in figure.axes:
        written += [*axes.texts, *axes.get_yticklabels(), axes.title, axes.xaxis.label, axes.yaxis.label]
    for text in written:
        if text.get_text().strip() and text.get_visible():
            box = text.get_window_extent(renderer)
            assert box.x0 >= -1 and box.x1 <= width + 1 and box.y0 >= -1 and box.y1 <= height + 1, text.get_text()


def test_what_is_drawn_is_the_values(plot, published):
    found = published.query("knife-crime-offences", areas="Southwark", periods="2023-08..2025-07")
    axes = plot.trend(found).figure.axes[0]
    drawn = [value for line in axes.lines if len(line.get_ydata()) > 2 for value in line.get_ydata()]
    assert drawn == [seen.value for seen in found]
    # Two parts: the break of March 2024 interrupts the line.
    assert [len(line.get_ydata()) for line in axes.lines][:2] == [7, 17]
    heights = [band.get_paths()[0].vertices[:, 1] for band in axes.collections]
    assert max(high.max() for high in heights) == max(seen.upper for seen in found)
    assert min(low.min() for low in heights) == min(seen.lower for seen in found)


def test_files(pictures, tmp_path):
    pictures["trend"].save(tmp_path / "trend.svg")
    pictures["trend"].save(tmp_path / "trend.png")
    assert re.match(rb"<\?xml", (tmp_path / "trend.svg").read_bytes())
    pictures["trend"].save(tmp_path / "trend.pdf")
    assert (tmp_path / "trend.pdf").read_bytes() == pictures["trend"].pdf()
    assert (tmp_path / "trend.pdf").read_bytes().startswith(b"%PDF")
    with pytest.raises(ValueError, match=r"none of \.png, \.svg, \.pdf"):
        pictures["trend"].save(tmp_path / "trend.jpg")


def test_an_area_stands_out(plot, workspace):
    found = workspace.query("public-good-job-local", areas="borough", periods="R12-2017-03")
    picture = plot.boroughs(found, highlight="E09000028", title="Good job, by borough")
    labels = {label.get_text(): label for label in picture.figure.axes[0].get_yticklabels()}
    bold = [name for name, label in labels.items() if label.get_fontweight() == "bold"]
    assert bold == ["Southwark"]
    assert "Good job, by borough" in texts(picture) and picture.description.startswith("Good job, by borough")
    with pytest.raises(ValueError, match="Birmingham has no value here"):
        plot.boroughs(found, highlight=["Birmingham"])


def test_a_mark_of_all_areas_is_said_once(plot, published):
    found = published.query("knife-crime-offences", areas="borough", periods="2024-03")
    marks = {seen.marker for seen in found if seen.value is not None}
    assert marks == {"[b] [r]"} or len(marks) == 1, marks
    said = texts(plot.boroughs(found))
    assert said.count(marks.pop()) == 1, said


def test_every_panel_names_its_breaks(plot, published):
    found = published.query("knife-crime-offences", areas=["Southwark", "Lambeth"], periods="2023-08..2025-07")
    panels = plot.small_multiples(found).figure.axes
    assert [[text.get_text() for text in axes.texts] for axes in panels] == [["A"], ["A"]]


def test_one_month_is_not_on_an_axis_of_years(plot, published):
    found = published.query("knife-crime-offences", areas="Southwark", periods="2025-07")
    axes = plot.trend(found).figure.axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["July 2025"]
    # Its interval is a line, because a ribbon would have no width.
    lines = [drawn for drawn in axes.collections if hasattr(drawn, "get_segments")]
    drawn = [tuple(segment[:, 1]) for drawn in lines for segment in drawn.get_segments()]
    assert drawn == [(found[0].lower, found[0].upper)]


def test_rows_in_memory_have_no_ledger(pictures):
    assert "ledger position" not in texts(pictures["gap"])
    assert "From rows in memory, not a release" in texts(pictures["gap"])


def test_names_and_axes_are_in_words(pictures):
    assert "Byar" in texts(pictures["trend"]) and "Crimes recorded" in texts(pictures["trend"])
    assert "weighted Wilson" in texts(pictures["gap"]) or "Wilson" in texts(pictures["boroughs"])


def test_what_cannot_be_drawn_says_why(plot, workspace, published):
    months = {"areas": "borough", "periods": "2025-01..2025-03"}
    with pytest.raises(ValueError, match="small_multiples"):
        plot.trend(published.query("knife-crime-offences", **months))
    with pytest.raises(ValueError, match="one period"):
        plot.boroughs(published.query("knife-crime-offences", **months))
    with pytest.raises(ValueError, match="not a gap"):
        plot.gap(published.query("knife-crime-offences", **months))
    with pytest.raises(ValueError, match="one measure"):
        plot.trend(workspace.query(["knife-crime-offences", "recorded-crime-volume"], periods="2017"))
    with pytest.raises(ValueError, match="no observations"):
        plot.trend([])
    with pytest.raises(ValueError, match="no stages"):
        plot.attrition(published.query("knife-crime-offences", periods="2025-01"))
    with pytest.raises(ValueError, match="draw boroughs"):
        plot.funnel(published.query("knife-crime-offences", areas="borough", periods="2025-01"))


def test_a_funnel_names_the_areas_beyond_its_limits(peelian, plot, workspace):
    found = workspace.query("public-good-job-local", areas="borough", periods="R12-2017-03")
    drawn = [seen for seen in found if seen.value is not None]
    # Without a reference, the middle is the share of all areas together.
    sizes = [seen.effective_n for seen in drawn]
    middle = sum(seen.value * size for seen, size in zip(drawn, sizes, strict=True)) / sum(sizes)
    places = peelian.stats.funnel_position(
        [seen.value * size for seen, size in zip(drawn, sizes, strict=True)], sizes, baseline=middle
    )
    axes = plot.funnel(found).figure.axes[0]
    named = {text.get_text() for text in axes.texts}
    assert named == {seen.area_label for seen, place in zip(drawn, places, strict=True) if "0.001" in place}
    points = [line for line in axes.lines if line.get_marker() == "o"]
    filled = [line for line in points if line.get_markerfacecolor() != "white"]
    assert (len(points), len(filled)) == (len(drawn), sum("0.0" in place for place in places))
