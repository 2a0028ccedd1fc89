# SPDX-License-Identifier: Apache-2.0
"""Each mistake of a description is found with its place, and nothing is written then."""
import glob
import json
import os
import tempfile
import unittest

from planted import ROOT, run_tool

import yaml

FIXTURE = [os.path.join(ROOT, 'api', 'common.yaml'), os.path.join(ROOT, 'tests', 'unit', 'server', 'fixture', 'api.yaml')]
REAL = sorted(glob.glob(os.path.join(ROOT, 'api', '*.yaml')))


def run(*args):
    return run_tool('gen_api.py', *args)


class GenApi(unittest.TestCase):
    def mistake(self, change, words):
        """change gets the fixture's document; the tool must then fail and name `words`."""
        with open(FIXTURE[1], encoding='utf-8') as f:
            document = yaml.safe_load(f)
        change(document)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'changed.yaml')
            with open(path, 'w', encoding='utf-8') as f:
                yaml.safe_dump(document, f, sort_keys=False, allow_unicode=True)
            out = os.path.join(folder, 'out')
            done = run('c', '--out', out, FIXTURE[0], path)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(words, done.stderr)
            self.assertNotIn('Traceback', done.stderr)
            self.assertFalse(os.path.exists(out))

    def command(self, document, name='zoo_make'):
        return document['paths'][f'/api/v1/{name}']['post']

    def schema(self, document, name='ZooMake'):
        return document['components']['schemas'][name]

    def test_policy_page_is_up_to_date(self):
        with tempfile.TemporaryDirectory() as folder:
            fresh = os.path.join(folder, 'POLICY.md')
            self.assertEqual(run('policy', '--out', fresh, *REAL).returncode, 0)
            with open(fresh, encoding='utf-8') as made, open(os.path.join(ROOT, 'docs', 'POLICY.md'), encoding='utf-8') as kept:
                self.assertEqual(made.read(), kept.read(), 'make reference, and look at what changed')

    def test_fixture_is_right(self):
        done = run('check', *FIXTURE)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_words_of_a_command(self):
        for key, value, words in [('access', 'append', 'access'), ('admit', ['boss'], 'boss'), ('admit', [], 'admit is empty'),
                                  ('errors', ['oops'], 'oops'), ('cost', 0, 'cost'), ('target', {'kind': 'planet', 'field': 'org_id'}, 'planet'),
                                  ('target', {'kind': 'org', 'field': 'size'}, 'must be an Id'), ('target', {'kind': 'org', 'field': 'x'}, 'required field'),
                                  ('target', {'kind': 'stream', 'field': 'org_id'}, 'a Stream'), ('target', {'kind': 'none'}, 'without a target'),
                                  ('client_id', 'mine', 'client_id'), ('admitted', ['admin'], 'x-command must have')]:
            with self.subTest(key=key, value=value):
                self.mistake(lambda d, k=key, v=value: self.command(d)['x-command'].__setitem__(k, v), words)

    def test_shape_of_a_command(self):
        self.mistake(lambda d: self.command(d).__setitem__('operationId', 'other'), 'operationId')
        self.mistake(lambda d: self.command(d)['x-command'].__setitem__('access', 'read'), 'client_id is for write commands')
        self.mistake(lambda d: self.command(d).__setitem__('tags', ['elsewhere']), "'elsewhere' is none of")
        self.mistake(lambda d: self.schema(d).pop('additionalProperties'), 'additionalProperties: false')
        self.mistake(lambda d: self.command(d).pop('requestBody'), 'request and answer')

    def test_refs_and_names(self):
        self.mistake(lambda d: self.schema(d)['properties'].__setitem__('x', {'$ref': '#/components/schemas/Nobody'}), 'leads nowhere')
        self.mistake(lambda d: d['components']['schemas'].__setitem__('Id', {'type': 'integer'}), '"Id" stands twice')
        self.mistake(lambda d: self.schema(d)['required'].append('ghost'), 'ghost')
        self.mistake(lambda d: self.schema(d)['properties'].__setitem__('default', {'type': 'boolean'}), 'not a name')
        self.mistake(lambda d: self.schema(d, 'Cage')['properties'].__setitem__('cage', {'$ref': '#/components/schemas/Cage'}), 'contains itself')
        self.mistake(lambda d: self.schema(d, 'CageOpenedEvent')['x-event'].__setitem__('type', 'opened'), 'named after it')
        self.mistake(lambda d: d['components']['schemas'].__setitem__('Bad', {'type': 'string', 'enum': ['request']}), 'is taken by')

    def test_every_size_that_a_stranger_sends_is_stated(self):
        self.mistake(lambda d: self.schema(d, 'Cage')['properties']['label'].pop('maxLength'), 'Cage.label: a field of a request')
        self.mistake(lambda d: self.schema(d)['properties']['size'].pop('maximum'), 'ZooMake.size')
        self.mistake(lambda d: self.schema(d)['properties']['flags'].pop('maxItems'), 'ZooMake.flags')
        self.mistake(lambda d: self.schema(d)['properties']['phone'].__setitem__('format', 'fax'), 'fax')
        self.mistake(lambda d: self.schema(d)['properties']['phone'].__setitem__('pattern', '.*'), 'unknown words')

    def test_a_key_that_stands_twice(self):
        with tempfile.NamedTemporaryFile('w', suffix='.yaml') as f:
            f.write('components:\n  schemas:\n    A: {type: object}\n    A: {type: object}\n')
            f.flush()
            done = run('check', FIXTURE[0], f.name)
        self.assertEqual(done.returncode, 1)
        self.assertIn('"A" stands twice', done.stderr)

    def test_real_description(self):
        with tempfile.TemporaryDirectory() as folder:
            page = os.path.join(folder, 'reference.md')
            self.assertEqual(run('reference', '--out', page, *REAL).returncode, 0)
            with open(page, encoding='utf-8') as f:
                text = f.read()
        done = run('bundle', *REAL)
        document = json.loads(done.stdout)
        for path in document['paths']:
            self.assertIn('### ' + path.rsplit('/', 1)[1] + '\n', text)
        self.assertEqual(document['openapi'], '3.1.0')

    def test_same_text_leaves_the_file_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            run('c', '--out', folder, *FIXTURE)
            header = os.path.join(folder, 'api.gen.h')
            os.utime(header, (1, 1))
            self.assertEqual(run('c', '--out', folder, *FIXTURE).returncode, 0)
            self.assertEqual(os.stat(header).st_mtime, 1)


if __name__ == '__main__':
    unittest.main()
