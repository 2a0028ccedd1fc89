# SPDX-License-Identifier: Apache-2.0
"""Writes docs/POLICY.md: which role may call which command, as the description says it and the program checks it."""

ROLES = ['admin', 'coadmin', 'head', 'teacher', 'student', 'guardian']
COLUMNS = ['operator', 'curator', *ROLES]
TITLES = {'operator': 'operator', 'curator': 'curator', 'admin': 'admin', 'coadmin': 'deputy', 'head': 'director', 'teacher': 'teacher',
          'student': 'pupil', 'guardian': 'parent'}
STAFF = {'coadmin', 'head', 'teacher'}  # who has to be confirmed
BEING = {'unit_lead': 'leader of the unit', 'unit_teacher': 'who teaches a subject there', 'chat_member': 'member of the chat', 'chat_writer': 'whoever may write in the chat',
         'chat_keeper': 'keeper of the chat', 'stream_follower': 'whoever follows the stream'}

HEAD = '''# Who may do what

Made from `admit`, `target` and `require` of each command in `api/` by `tools/gen_api.py policy`; changes belong there. The program checks exactly
this table before a command's handler runs; `tests/api/rights.test.mjs` tries every line as everybody.

- **●** may; **◐** may once the status of staff is confirmed; empty: `forbidden`. Roles are those in the organisation that the object belongs to: whoever
  has no relation to it gets `not_found`, whatever he is elsewhere.
- *Object* is what the relation is looked up on: an organisation, a unit, a chat, a link, a file, a stream; — means that the command concerns the caller alone.
- *Also* names those who may by what they are to the object, whatever their role.
- Handlers add what a table cannot say (a deputy appoints no deputies, a file is its holder's): see the command in `docs/api/reference.md`.
'''


def cells(cmd):
    """The eight marks of a command."""
    admitted = set(cmd.admit)
    everyone = bool(admitted & {'anyone', 'person'})
    if everyone and cmd.target == 'none':
        return None  # of the person himself: a role says nothing
    marks = []
    for role in COLUMNS:
        may = everyone or role in admitted or (role in ROLES and 'member' in admitted)
        marks.append(('◐' if 'confirmed' in cmd.require and role in STAFF else '●') if may else '')
    return marks


def also(cmd):
    words = [BEING[word] for word in cmd.admit if word in BEING]
    if 'confirmed' in cmd.require and words:
        words[-1] += ', once confirmed'
    return '; '.join(words)


def page(api):
    out = [HEAD]
    for tag in api.document.get('tags', []):
        mine = [cmd for cmd in api.commands if cmd.tag == tag['name']]
        by_role = [cmd for cmd in mine if cells(cmd)]
        own = [cmd for cmd in mine if not cells(cmd)]
        if mine:
            out += [f'## {tag["name"]}', '', f'{tag["description"]}.', '']
        if by_role:
            out += ['| Command | Object | ' + ' | '.join(TITLES[c] for c in COLUMNS) + ' | Also |', '|---|---|' + ':-:|' * len(COLUMNS) + '---|']
            out += [f'| `{cmd.name}` | {cmd.target if cmd.target != "none" else "—"} | ' + ' | '.join(cells(cmd)) + f' | {also(cmd)} |' for cmd in by_role]
            out.append('')
        for word, sentence in (('person', 'Everybody who is signed in, about himself'), ('anyone', 'Anyone, signed in or not')):
            names = [f'`{cmd.name}`' for cmd in own if (word == 'anyone') == ('anyone' in cmd.admit)]
            if names:
                out += [f'{sentence}: {", ".join(names)}.', '']
    total = len(api.commands)
    guarded = sum(1 for cmd in api.commands if cells(cmd))
    out += [f'{total} commands, {guarded} of them by role or relation.']
    return '\n'.join(out) + '\n'
