# SPDX-License-Identifier: Apache-2.0
"""Every action that the program writes into the audit journal has its sentence in both languages, and no sentence is left over."""
import glob
import os
import re
import unittest

from planted import ROOT

# Calls whose action is no literal: the words come from elsewhere in the same file.
ELSEWHERE = {'application_api.c': {'application_return', 'application_reject'},
             'admin_api.c': {'handover_accept', 'handover_decline', 'handover_take_back'}}


def actions():
    found, indirect = set(), set()
    for path in sorted(glob.glob(os.path.join(ROOT, 'src', '*', '*.c'))):
        with open(path, encoding='utf-8') as f:
            text = f.read()
        for call in re.finditer(r'\baudit_add\((?:\w+->)?tx, ((?:[^,(){}]|\([^()]*\)|\{[^{}]*\})+), ([^,]+),', text):
            words = re.findall(r'"([a-z_]+)"', call.group(2))
            found.update(words)
            if not words:
                indirect.add(os.path.basename(path))
        for word in ELSEWHERE.get(os.path.basename(path), ()):
            assert f'"{word}"' in text, f'{path} no longer writes {word}'
            found.add(word)
    return found, indirect


def sentences(language):
    with open(os.path.join(ROOT, 'web', 'src', 'i18n', language, 'journal.ts'), encoding='utf-8') as f:
        text = f.read()
    keys = re.findall(r'^\t([a-z_]+):', text, re.M)
    assert len(keys) == len(set(keys)), f'twice in {language}: {sorted(key for key in set(keys) if keys.count(key) > 1)}'
    return set(keys[keys.index('org_create'):])


class Journal(unittest.TestCase):
    def test_each_action_has_its_sentence(self):
        found, indirect = actions()
        self.assertGreater(len(found), 60)
        self.assertEqual(indirect - set(ELSEWHERE), {'audit.c'} & indirect, 'an action that is no literal: name it in ELSEWHERE')
        for language in ('ru', 'en'):
            self.assertEqual(found ^ sentences(language), set(), language)


if __name__ == '__main__':
    unittest.main()
