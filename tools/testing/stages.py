# SPDX-License-Identifier: Apache-2.0
"""Stages, and the runner that takes them through and counts."""
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field

from . import reports

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHOWN_MAX = 6000  # characters of a failure's output that are printed


@dataclass
class Result:
    """How a command ended."""
    code: int
    out: str
    timed_out: bool
    cpu: float = 0.0  # seconds that it and its children computed, as far as they were waited for


@dataclass
class Command:
    argv: list
    read: object          # Result -> [reports.Case]
    cwd: str = ROOT
    env: dict = field(default_factory=dict)
    timeout: int = 600


@dataclass
class Stage:
    name: str
    command: Command
    tests: list | None = None  # the files that are its tests; an empty list: nothing to run


def command(argv, read, cwd=ROOT, env=None, timeout=600):
    return Command(argv, read, cwd, env or {}, timeout)


def wait(process, seconds):
    """Its CPU seconds; None: it goes on."""
    until = time.monotonic() + seconds
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return usage.ru_utime + usage.ru_stime
        if time.monotonic() >= until:
            return None
        time.sleep(0.05)


def execute(cmd):
    """Runs in a process group of its own, so that nothing of it survives a timeout. Output goes to a file, not to a pipe
    that a forgotten child could keep open."""
    with tempfile.TemporaryFile('w+', encoding='utf-8', errors='replace') as out:
        try:
            process = subprocess.Popen(cmd.argv, cwd=cmd.cwd, env={**os.environ, **cmd.env}, stdin=subprocess.DEVNULL, stdout=out,
                                       stderr=subprocess.STDOUT, start_new_session=True)
        except OSError as e:
            return Result(127, str(e), False)
        cpu = wait(process, cmd.timeout)
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        timed_out = cpu is None
        if timed_out:
            cpu = wait(process, 10) or 0.0
        out.seek(0)
        return Result(process.returncode, out.read(), timed_out, cpu)


class Runner:
    def __init__(self, only):
        self.only = only
        self.cases = []
        self.lock = threading.Lock()

    def run(self, stage):
        """False: it failed, and what builds on it need not be tried."""
        if (self.only and stage.name not in self.only) or stage.tests == []:
            return True
        began = time.monotonic()
        result = execute(stage.command)
        try:
            cases = stage.command.read(result)
        except (OSError, ValueError, KeyError) as e:
            cases = [reports.Case(stage.name, 'failed', f'no readable report: {e}\n{result.out}')]
        failed = [c for c in cases if c.state == 'failed']
        if result.timed_out:
            cases.append(reports.Case(stage.name, 'failed', f'took longer than {stage.command.timeout} s\n{result.out[-SHOWN_MAX:]}'))
        elif result.code != 0 and not failed:
            cases.append(reports.Case(stage.name, 'failed', f'exit code {result.code}\n{result.out}'))
        elif not cases:
            cases.append(reports.Case(stage.name, 'failed', f'reported no case\n{result.out}'))
        self.report(stage, cases, time.monotonic() - began, result.cpu)
        return not any(c.state == 'failed' for c in cases)

    def report(self, stage, cases, seconds, cpu):
        with self.lock:
            self.cases += cases
            print(f'{stage.name}: {reports.counted(cases)} ({seconds:.0f} s, {cpu:.0f} s of CPU)')
            for case in cases:
                if case.state == 'failed':
                    print(f'--- FAILED {stage.name}: {case.name}')
                    if case.detail.strip():
                        text = case.detail.strip()
                        cut = len(text) > SHOWN_MAX
                        print('    ' + (('... ' if cut else '') + text[-SHOWN_MAX:]).replace('\n', '\n    '))
            sys.stdout.flush()

    def in_order(self, stages):
        for stage in stages:
            # A build that failed leaves nothing to test behind it; a failed test lets the others tell more.
            if not self.run(stage) and stage.name.startswith('build'):
                return

    def side_by_side(self, *lanes):
        threads = [threading.Thread(target=self.in_order, args=(lane,)) for lane in lanes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def end(self):
        print(reports.counted(self.cases), flush=True)
        return 1 if not self.cases or any(c.state == 'failed' for c in self.cases) else 0
