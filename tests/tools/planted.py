# SPDX-License-Identifier: Apache-2.0
"""Runs a tool in this process (starting Python hundreds of times would take a minute), and plants small trees for it."""
import contextlib
import io
import os
import runpy
import sys
import tempfile
from dataclasses import dataclass

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, 'tools'))


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


def run_tool(name, *args):
    out, err, argv = io.StringIO(), io.StringIO(), sys.argv
    sys.argv = [name, *args]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            runpy.run_path(os.path.join(ROOT, 'tools', name), run_name='__main__')
        code = 0
    except SystemExit as e:
        code = e.code or 0
    finally:
        sys.argv = argv
    return Done(code, out.getvalue(), err.getvalue())


def findings(tool, files):
    """Lines that the tool prints about a tree that has just these files; its exit code must follow them."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, 'w', encoding='utf-8') as f:
                f.write(text)
        done = run_tool(tool, '--root', root)
    lines = done.stdout.splitlines()
    if done.returncode not in (0, 1) or done.stderr or (done.returncode == 1) != bool(lines):
        raise AssertionError(f'{done}')
    return lines
