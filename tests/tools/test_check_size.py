# SPDX-License-Identifier: Apache-2.0
import unittest

from planted import findings


def size(path, text):
    return findings('check-size', {path: text})


def c_function(lines, above='', first=''):
    return f'{above}int x(void)\n{{\n{first}' + '\ty();\n' * (lines - 2 - first.count('\n')) + '}\n'


class CheckSize(unittest.TestCase):
    def test_files(self):
        self.assertEqual(size('src/chat/chat.c', '\n' * 600), [])
        self.assertEqual(size('src/chat/chat.c', '\n' * 601), ['src/chat/chat.c: 601 lines'])
        self.assertEqual(size('src/chat/chat.c', '/* x\n * long: one table */\n' + '\n' * 700), [])
        self.assertEqual(len(size('src/chat/chat.c', '/* long: */\n' + '\n' * 700)), 1)
        self.assertEqual(len(size('web/src/ui/x.css', '\n' * 601)), 1)
        self.assertEqual(size('web/src/api/types.gen.ts', '\n' * 2000), [])

    def test_c_functions(self):
        self.assertEqual(size('src/chat/chat.c', c_function(80)), [])
        self.assertEqual(len(size('src/chat/chat.c', c_function(81))), 1)
        self.assertEqual(size('src/chat/chat.c', c_function(81, above='/* long: a switch over all events */\n')), [])
        self.assertEqual(size('src/chat/chat.c', c_function(81, first='\t/* long: a switch over all events */\n')), [])
        self.assertEqual(len(size('src/chat/chat.c', c_function(20, above='/* long: not mine */\n') + '\n' + c_function(81))), 1)

    def test_script_functions(self):
        body = '\ty();\n' * 80
        for head in ('function x() {', 'export async function x(): void {', 'const x = async (a) => {', 'export const x = () => {'):
            with self.subTest(head=head):
                self.assertEqual(len(size('web/src/model/m.ts', f'{head}\n{body}}}\n')), 1)
                self.assertEqual(size('web/src/model/m.ts', f'// long: one table\n{head}\n{body}}}\n'), [])
                self.assertEqual(size('web/src/model/m.ts', f'{head}\n{body[:-10]}}}\n'), [])
        self.assertEqual(len(size('web/src/model/m.ts', 'class A {\n\tasync go(a: string) {\n' + '\t\ty();\n' * 80 + '\t}\n}\n')), 1)
        self.assertEqual(size('web/src/model/m.ts', 'class A {\n' + '\tgo() {\n\t\ty();\n\t}\n' * 40 + '}\n'), [])


if __name__ == '__main__':
    unittest.main()
