"""The wheel: what is installed can write every mail, without the checkout beside it."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]

RENDER_EVERYTHING = """
import pathlib, sys
from dataclasses import replace
import gateway
from gateway.outbound import render, samples

unpacked = pathlib.Path(sys.argv[1])
assert pathlib.Path(gateway.__file__).is_relative_to(unpacked), gateway.__file__
assert render.faults_of_templates(unpacked / "no-desk") == []
renderer = render.Renderer(None)
for letter in samples.sample_letters():
    for language in ("en", "de"):
        mailbox = letter.mailbox.model_copy(update={"language": language})
        mail = renderer.render(replace(letter, mailbox=mailbox))
        assert mail.subject and mail.text and mail.html and not mail.faults
        print(letter.notice, language, flush=True)
"""


def test_installed_wheel_renders_every_template(tmp_path: Path) -> None:
    built = tmp_path / "built"
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, text=True)
    [wheel] = built.glob("*.whl")
    unpacked = tmp_path / "elsewhere"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    packaged = {path.name for path in (unpacked / "gateway/templates/email").iterdir()}
    assert packaged == {path.name for path in (ROOT / "templates/email").iterdir()}
    command = [sys.executable, "-c", RENDER_EVERYTHING, str(unpacked)]
    # PYTHONPATH stands before the editable install of the checkout
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={"PYTHONPATH": str(unpacked), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "confirmation de" in done.stdout
