"""The report in headless Chromium: no overflow at any width, nothing on the console, the script works."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from sample_pages import page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WIDTHS = (360, 1280, 2560)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--allow-file-access-from-files",
    "--enable-logging=stderr",
    "--virtual-time-budget=10000",
    "--window-size=2600,1000",
)
FRAMES = """<!DOCTYPE html><title>waiting</title>{frames}<pre id="seen"></pre><script>
addEventListener("load", () => {{
  const seen = [...document.querySelectorAll("iframe")].map((frame) => {{
    const page = frame.contentDocument, table = page.querySelector("table.sortable");
    const first = () => table.tBodies[0].rows[0].textContent, before = table && first();
    if (table) for (const turn of [1, 2]) table.querySelectorAll("thead button")[3].click();
    return {{
      view: frame.contentWindow.innerWidth, scroll: page.documentElement.scrollWidth,
      sorted: !table || first() !== before,
      clipped: [...page.querySelectorAll("figure svg")].filter((svg) => svg.getBoundingClientRect().width < 200).length,
    }};
  }});
  document.getElementById("seen").textContent = JSON.stringify(seen);
}});
</script>"""


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("name", ["four-arms", "violated", "least"])
def test_the_page_fits_360_to_2560_pixels_and_logs_nothing(name: str, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(page(name), encoding="utf-8")
    frames = "".join(f'<iframe src="report.html" width="{width}" height="800"></iframe>' for width in WIDTHS)
    (tmp_path / "frames.html").write_text(FRAMES.format(frames=frames), encoding="utf-8")
    done = subprocess.run(
        [str(CHROMIUM), *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", f"{tmp_path / 'frames.html'}"],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = re.search(r'<pre id="seen">(.*?)</pre>', done.stdout)
    assert found, done.stdout[-500:]
    seen = json.loads(found[1])
    assert [view["view"] for view in seen] == list(WIDTHS)
    for view in seen:
        assert view["scroll"] <= view["view"]
        assert view["sorted"]
        assert view["clipped"] == 0
    assert "CONSOLE" not in done.stderr, done.stderr
