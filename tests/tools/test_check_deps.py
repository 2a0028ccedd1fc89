# SPDX-License-Identifier: Apache-2.0
import unittest

from planted import findings


def deps(**files):
    return findings('check-deps', files)


def one(path, text):
    return findings('check-deps', {path: text})


class CheckDeps(unittest.TestCase):
    def test_arrows_down_are_fine(self):
        self.assertEqual(one('src/chat/chat.c', '#include "chat/chat.h"\n#include "school/school.h"\n#include "base/str.h"\n'
                                                '#include "api.gen.h"\n#include <sodium.h>\n'), [])
        self.assertEqual(one('src/media/sfu.c', '#include "net/loop.h"\n#include "base/str.h"\n'), [])
        self.assertEqual(one('src/app/main.c', '#include "media/sfu.h"\n#include "chat/chat.h"\n'), [])

    def test_arrows_up_are_found(self):
        for path, include in [('src/server/tx.c', 'chat/chat.h'), ('src/server/tx.c', 'policy/policy.h'), ('src/account/a.c', 'school/school.h'),
                              ('src/net/tcp.c', 'server/tx.h'), ('src/db/db.c', 'net/loop.h'), ('src/base/str.c', 'net/loop.h'),
                              ('src/chat/chat.c', 'app/config.h'), ('src/media/sfu.c', 'db/db.h'), ('src/decoder/d.c', 'net/loop.h'),
                              ('src/lesson/l.c', 'media/sfu.h'), ('src/net/tcp.c', 'media/sfu.h')]:
            with self.subTest(path=path, include=include):
                lines = one(path, f'/* x */\n#  include "{include}"\n')
                self.assertEqual(len(lines), 1)
                self.assertTrue(lines[0].startswith(f'{path}:2: '), lines)

    def test_includes_name_a_known_room(self):
        self.assertEqual(len(one('src/chat/chat.c', '#include "chat.h"\n')), 1)
        self.assertEqual(len(one('src/chat/chat.c', '#include "attic/x.h"\n')), 1)
        self.assertEqual(len(one('src/attic/x.c', '')), 1)
        self.assertEqual(len(one('src/net/x.c', '#include "api.gen.h"\n')), 1)

    def test_base_has_libc_only(self):
        self.assertEqual(one('src/base/x.c', '#include <string.h>\n#include <sys/random.h>\n#include <linux/seccomp.h>\n'), [])
        self.assertEqual(len(one('src/base/x.c', '#include <openssl/evp.h>\n')), 1)
        self.assertEqual(len(one('src/base/x.c', '#include <jansson.h>\n')), 1)

    def test_sql_has_its_places(self):
        text = 'int x(void)\n{\n\treturn run("SELECT 1");\n}\n'
        for path in ('src/chat/chat_sql.c', 'src/chat/chat_migrations.c', 'src/db/db.c'):
            self.assertEqual(one(path, text), [])
        for sql in ('SELECT 1', 'INSERT INTO chat VALUES (1)', 'INSERT OR IGNORE INTO x', 'UPDATE chat SET a = 1', 'DELETE FROM chat',
                    'WITH x AS (SELECT 1) SELECT 2'):
            with self.subTest(sql=sql):
                self.assertEqual(len(one('src/chat/chat.c', f'char *x = "{sql}";\n')), 1)
        self.assertEqual(one('src/chat/chat.c', '/* "SELECT 1" */ char *x = "Select a chat"; char *y = "UPDATE";\n'), [])
        self.assertEqual(one('src/chat/chat.c', 'struct ops o = {\n\t.head_sql = "SELECT head FROM chat WHERE id = ?1",\n};\n'), [])

    def test_banned_functions(self):
        for call in ('strcpy(a, b)', 'sprintf (a, "x")', 'sscanf(a, b)', 'strtok(a, b)', 'atoi(a)', 'alloca(4)', 'gets(a)'):
            with self.subTest(call=call):
                self.assertEqual(len(one('src/chat/chat.c', f'void x(void)\n{{\n\t{call};\n}}\n')), 1)
                self.assertEqual(len(one('tests/unit/chat/test.c', f'\t{call};\n')), 1)
        self.assertEqual(one('src/chat/chat.c', '/* strcpy(a) */ // atoi(b)\nchar *s = "gets(x)"; snprintf(a); my_atoi(c); p->scanf(1);\n'), [])

    def test_layers_of_the_client(self):
        self.assertEqual(deps(**{
            'web/src/main.ts': "import './features/a/A.svelte';\n",
            'web/src/model/chat.ts': "import type { Chat } from '../api/types';\nimport { x } from './y';\n",
            'web/src/features/a/A.svelte': "import { s } from '../../state/s.svelte';\nimport B from './B.svelte';\nimport C from '../common/C.svelte';\n",
        }), [])
        for path, name in [('web/src/ui/Button.svelte', '../i18n/index'), ('web/src/model/m.ts', '../state/s'), ('web/src/model/m.ts', 'svelte'),
                           ('web/src/api/a.ts', 'svelte/store'), ('web/src/state/s.ts', '../features/a/A'), ('web/src/model/m.ts', './x.svelte'),
                           ('web/src/features/a/A.svelte', '../b/B.svelte'), ('web/src/call/c.ts', '../state/s')]:
            with self.subTest(path=path, name=name):
                self.assertEqual(len(one(path, f"import x from '{name}';\n")), 1)
                self.assertEqual(len(one(path, f"const x = await import('{name}');\n")), 1)
        self.assertEqual(len(one('web/src/features/a/A.svelte', '<p>{@html text}</p>\n')), 1)


if __name__ == '__main__':
    unittest.main()
