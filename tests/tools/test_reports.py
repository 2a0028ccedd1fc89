# SPDX-License-Identifier: Apache-2.0
"""The count at the end of run-tests is believed: what it is read from must not hide a failure."""
import json
import os
import tempfile
import unittest

import planted  # noqa: F401  (makes tools/ importable)
from testing import reports
from testing.stages import Result, Runner, Stage, command


def states(cases):
    return [c.state for c in cases]


class Reports(unittest.TestCase):
    def test_tap(self):
        cases = reports.tap_cases('1..4\nok 1 - a\nnot ok 2 - b\n# why\nok 3 - c # SKIP no disk\nok 4\n')
        self.assertEqual(states(cases), ['passed', 'failed', 'skipped', 'passed'])
        self.assertIn('why', cases[1].detail)

    def test_tap_that_stops_early(self):
        self.assertEqual(states(reports.tap_cases('1..3\nok 1 - a\n')), ['passed', 'failed'])

    def test_node(self):
        text = '''TAP version 13
# Subtest: group
    # Subtest: a
    ok 1 - a
      ---
      type: 'test'
      ...
    # Subtest: b
    not ok 2 - b
      ---
      type: 'test'
      error: 'why'
      ...
    1..2
not ok 1 - group
  ---
  type: 'suite'
  ...
# Subtest: parent
    ok 1 - child # SKIP
      ---
      type: 'test'
      ...
    1..1
ok 2 - parent
  ---
  type: 'test'
  ...
ok 3 - alone
  ---
  type: 'test'
  ...
1..3
'''
        cases = reports.node_tap(Result(1, text, False))
        self.assertEqual([(c.name, c.state) for c in cases], [('a', 'passed'), ('b', 'failed'), ('child', 'skipped'), ('alone', 'passed')])
        self.assertIn('why', cases[1].detail)

    def test_node_group_that_fails_by_itself(self):
        text = '''    ok 1 - a
      ---
      type: 'test'
      ...
    1..1
not ok 1 - group
  ---
  type: 'suite'
  error: 'after hook'
  ...
'''
        self.assertEqual(states(reports.node_tap(Result(1, text, False))), ['passed', 'failed'])

    def test_meson(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'log.json')
            with open(path, 'w', encoding='utf-8') as f:
                for name, result, out in [('good', 'OK', '1..1\nok 1 - a\n'), ('bad', 'FAIL', '1..1\nnot ok 1 - b\n'),
                                          ('crash', 'FAIL', '1..2\nok 1 - c\n'), ('sanitizer', 'ERROR', '1..1\nok 1 - d\n'), ('slow', 'TIMEOUT', '')]:
                    f.write(json.dumps({'name': name, 'result': result, 'stdout': out, 'stderr': ''}) + '\n')
            cases = reports.meson_log(None, path)
        self.assertEqual(reports.counted(cases), '3 passed, 4 failed, 0 skipped')

    def test_fuzz(self):
        text = 'a: 1200 executions, no finding\nb: FINDING, kept in x/\n==1== ERROR\nc: 0 executions, no finding\nd:  executions, no finding\n'
        cases = reports.fuzz_lines(Result(1, text, False))
        self.assertEqual([(c.name, c.state) for c in cases], [('a', 'passed'), ('b', 'failed'), ('c', 'failed'), ('d', 'failed')])
        self.assertIn('ERROR', cases[1].detail)

    def test_unittest(self):
        text = 'test_a (m.C) ... ok\ntest_b (m.C)\nWith a text ... FAIL\ntest_c (m.C) ... skipped \'x\'\n\nRan 3 tests in 1s\n'
        self.assertEqual(states(reports.unittest_text(Result(1, text, False))), ['passed', 'failed', 'skipped'])

    def test_runner_loses_no_failure(self):
        for argv, timeout, want in [(['true'], 5, '1 passed, 0 failed, 0 skipped'), (['false'], 5, '0 passed, 1 failed, 0 skipped'),
                                    (['sleep', '9'], 0.2, '0 passed, 2 failed, 0 skipped'), (['/no/such'], 5, '0 passed, 1 failed, 0 skipped')]:
            runner = Runner(None)
            runner.report = lambda stage, cases, seconds, cpu, r=runner: r.cases.extend(cases)
            runner.run(Stage('x', command(argv, reports.exit_code, timeout=timeout)))
            self.assertEqual(reports.counted(runner.cases), want)

    def test_runner_tells_what_was_computed(self):
        told = []
        runner = Runner(None)
        runner.report = lambda stage, cases, seconds, cpu: told.append(cpu)
        runner.run(Stage('x', command(['sh', '-c', "python3 -c 'import time\nwhile time.process_time() < 0.3: pass'"], reports.exit_code)))
        runner.run(Stage('x', command(['sleep', '0.3'], reports.exit_code)))
        self.assertGreaterEqual(told[0], 0.3)
        self.assertLess(told[1], 0.2)

    def test_runner_wants_a_case_and_the_exit_code(self):
        for script, want in [('echo nothing', '0 passed, 1 failed, 0 skipped'), ('echo 1..1; echo ok 1 - a; exit 3', '1 passed, 1 failed, 0 skipped')]:
            runner = Runner(None)
            runner.report = lambda stage, cases, seconds, cpu, r=runner: r.cases.extend(cases)
            runner.run(Stage('x', command(['sh', '-c', script], lambda result: reports.tap_cases(result.out))))
            self.assertEqual(reports.counted(runner.cases), want)


if __name__ == '__main__':
    unittest.main()
