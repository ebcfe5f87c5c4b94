"""A headless Chromium that opens pages and says what it saw."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
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
    "--host-resolver-rules=MAP * ~NOTFOUND",  # a browser asks for updates of its own; it gets no answer here
    "--virtual-time-budget=20000",
)
FRAMES = """<!DOCTYPE html><title>waiting</title>{frames}<pre id="seen"></pre>{scripts}<script>
addEventListener("load", async () => {{
  const probe = {probe};
  const seen = [];
  for (const frame of document.querySelectorAll("iframe")) seen.push(await probe(frame));
  document.getElementById("seen").textContent = JSON.stringify(seen);
}});
</script>"""


def look(page: str, probe: str, folder: Path, widths: tuple[int, ...], **options: Any) -> tuple[list[Any], str]:
    """Open a page in frames of several widths and ask each frame something.

    Args:
        page: the page.
        probe: a JavaScript function of the frame, async or not; what it returns comes back.
        folder: an empty folder to work in.
        widths: of the frames, in pixels.
        options: `dark` for the dark theme, `scripted=False` for a page that may run no script, `library` for the text
            of a script that the probe needs.

    Returns:
        What the probe returned for each frame, and the browser's log.
    """
    (folder / "report.html").write_text(page, encoding="utf-8")
    sandbox = "" if options.get("scripted", True) else ' sandbox="allow-same-origin"'
    frames = "".join(f'<iframe src="report.html" width="{width}" height="800"{sandbox}></iframe>' for width in widths)
    (folder / "library.js").write_text(options.get("library", ""), encoding="utf-8")
    frame_page = FRAMES.format(frames=frames, probe=probe, scripts='<script src="library.js"></script>')
    (folder / "frames.html").write_text(frame_page, encoding="utf-8")
    theme = ("--blink-settings=preferredColorScheme=0",) if options.get("dark") else ()
    size = f"--window-size={max(widths) + 60},1000"
    profile = f"--user-data-dir={folder / 'profile'}"
    done = subprocess.run(
        [str(CHROMIUM), *FLAGS, *theme, size, profile, "--dump-dom", str(folder / "frames.html")],
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    found = re.search(r'<pre id="seen">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stdout[-500:]
    assert found[1], done.stderr[-2000:]
    return json.loads(html.unescape(found[1])), done.stderr
