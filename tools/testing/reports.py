# SPDX-License-Identifier: Apache-2.0
"""Turns what test programs write into cases. Nothing is counted twice, and nothing that was planned and did not report is lost."""
import json
import re
from dataclasses import dataclass


@dataclass
class Case:
    name: str
    state: str        # passed, failed, skipped
    detail: str = ''


def counted(cases):
    n = {state: sum(c.state == state for c in cases) for state in ('passed', 'failed', 'skipped')}
    return f'{n["passed"]} passed, {n["failed"]} failed, {n["skipped"]} skipped'


def exit_code(result):
    name = 'exit code'
    return [Case(name, 'passed' if result.code == 0 else 'failed', '' if result.code == 0 else result.out)]


LINE = re.compile(r'^(?P<indent> *)(?P<bad>not )?ok\b *(?P<number>\d+)? *-? *(?P<name>[^#]*)(?:# *(?P<word>\w+))?')


def tap_cases(text, prefix=''):
    """Cases of flat TAP; the lines between one case and the next belong to the first when it failed."""
    cases, planned, groups = [], 0, 0
    for line in text.splitlines():
        plan = re.match(r'^1\.\.(\d+)', line)
        if plan:
            planned += int(plan[1])
            groups += 1
            continue
        match = LINE.match(line)
        if match and not match['indent']:
            word = (match['word'] or '').lower()
            state = 'skipped' if word in ('skip', 'todo') else 'failed' if match['bad'] else 'passed'
            cases.append(Case(prefix + match['name'].strip(), state))
        elif cases and cases[-1].state == 'failed':
            cases[-1].detail += line + '\n'
    if groups and len(cases) < planned:
        cases.append(Case(f'{prefix}{planned - len(cases)} planned cases did not report', 'failed', text))
    return cases


def fuzz_lines(result):
    """tests/fuzz/run.sh says a line for each target; what follows a finding is its report."""
    cases = []
    for line in result.out.splitlines():
        match = re.match(r'(\w+): (?:(\d*) executions, no finding|(FINDING))', line)
        if match:
            ran = int(match[2] or 0) > 0
            cases.append(Case(match[1], 'passed' if ran else 'failed', '' if ran else line + '\n'))
        elif cases and cases[-1].state == 'failed':
            cases[-1].detail += line + '\n'
    return cases


def meson_log(result, path):
    """Each line of Meson's log is one test program; its standard output is TAP."""
    cases = []
    with open(path, encoding='utf-8') as f:
        for line in f:
            test = json.loads(line)
            found = tap_cases(test.get('stdout') or '', f'{test["name"]}: ')
            bad = [c for c in found if c.state == 'failed']
            for case in bad:
                case.detail += test.get('stderr') or ''
            if test['result'] == 'SKIP' and not found:
                found = [Case(test['name'], 'skipped')]
            elif test['result'] not in ('OK', 'SKIP', 'EXPECTEDFAIL') and not bad:
                # It died, hung, or a sanitizer spoke at its end.
                found.append(Case(f'{test["name"]}: {test["result"].lower()}', 'failed',
                                  (test.get('stdout') or '') + (test.get('stderr') or '')))
            elif not found:
                found = [Case(test['name'], 'passed')]
            cases += found
    return cases


def node_tap(result):
    """Node's runner nests; leaves are the tests without subtests. A line's yaml says `type: 'suite'` of a group."""
    cases, below = [], {}
    lines = result.out.splitlines()
    for i, line in enumerate(lines):
        match = LINE.match(line)
        if not match:
            continue
        depth = len(match['indent'])
        has_children = any(d > depth for d in below)
        failed_children = any(d > depth and bad for d, bad in below.items())
        for d in [d for d in below if d > depth]:
            del below[d]
        block, detail = yaml_block(lines, i + 1), ''
        is_suite = "type: 'suite'" in block
        word = (match['word'] or '').upper()
        state = 'skipped' if word in ('SKIP', 'TODO') else 'failed' if match['bad'] else 'passed'
        below[depth] = below.get(depth, False) or state == 'failed'
        if (is_suite or has_children) and (state != 'failed' or failed_children):
            continue  # its leaves were counted
        if state == 'failed':
            detail = block
        cases.append(Case(match['name'].strip(), state, detail))
    return cases


def yaml_block(lines, at):
    if at >= len(lines) or lines[at].strip() != '---':
        return ''
    out = []
    for line in lines[at + 1:]:
        if line.strip() == '...':
            break
        out.append(line.strip())
    return '\n'.join(out)


def vitest_json(result, path):
    with open(path, encoding='utf-8') as f:
        report = json.load(f)
    cases = []
    for file in report['testResults']:
        if not file['assertionResults'] and file['status'] == 'failed':
            cases.append(Case(file['name'], 'failed', file.get('message', '')))
        for test in file['assertionResults']:
            state = {'passed': 'passed', 'failed': 'failed'}.get(test['status'], 'skipped')
            cases.append(Case(test['fullName'], state, '\n'.join(test.get('failureMessages') or [])))
    return cases


def unittest_text(result):
    """`python3 -m unittest -v`: "name (place) ... ok"."""
    cases = []
    for match in re.finditer(r'^(\w+) \((\S+?)\)(?:\n[^\n]*)? \.\.\. ?(ok|FAIL|ERROR|skipped)?', result.out, re.M):
        state = {'ok': 'passed', 'skipped': 'skipped'}.get(match[3], 'failed')
        cases.append(Case(f'{match[2]}.{match[1]}', state))
    bad = [c for c in cases if c.state == 'failed']
    if bad:
        bad[-1].detail = result.out
    ran = re.search(r'^Ran (\d+) tests?', result.out, re.M)
    if ran and int(ran[1]) != len(cases):
        cases.append(Case(f'{ran[1]} tests ran, {len(cases)} reported', 'failed', result.out))
    return cases
