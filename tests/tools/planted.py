# SPDX-License-Identifier: Apache-2.0
"""A small tree with planted files, and a tool run on it."""
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def findings(tool, files):
    """Lines that the tool prints about a tree that has just these files, and whether it failed."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, 'w', encoding='utf-8') as f:
                f.write(text)
        done = subprocess.run([sys.executable, os.path.join(ROOT, 'tools', tool), '--root', root], capture_output=True, text=True)
    if done.returncode not in (0, 1) or done.stderr:
        raise AssertionError(done.stderr)
    lines = done.stdout.splitlines()
    if (done.returncode == 1) != bool(lines):
        raise AssertionError('the exit code does not follow the findings')
    return lines
