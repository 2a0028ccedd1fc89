# SPDX-License-Identifier: Apache-2.0
"""Writes the reference page: every command with its rights, limits and errors, every event, every type."""


def page(api):
    info = api.document['info']
    out = [f'# {info["title"]} API {info["version"]}', '', 'Made from `api/` by `tools/gen_api.py reference`; changes belong there.', '',
           info.get('description', '').strip(), '']
    for tag in api.document.get('tags', []):
        out += [f'## {tag["name"]}', '', f'{tag["description"]}.', '']
        for cmd in (c for c in api.commands if c.tag == tag['name']):
            out += command(api, cmd)
    out += ['## Events', '']
    for obj in api.events:
        out += [f'### {obj.event["type"]}', '', f'Stream of a {obj.event["stream"]}. {obj.description}'.strip(), ''] + fields(obj)
    out += ['## Signals', '']
    for obj in api.signals:
        out += [f'### {obj.signal}', '', obj.description, ''] + fields(obj)
    out += ['## Types', '']
    named = {c.request for c in api.commands} | {o.name for o in api.events + api.signals}
    for obj in api.objects.values():
        if obj.name not in named:
            out += [f'### {obj.name}', ''] + ([obj.description, ''] if obj.description else []) + fields(obj)
    out += ['## Errors', '', '| code | HTTP status |', '|---|---|']
    out += [f'| `{code}` | {status} |' for code, status in api.error_status.items()]
    return '\n'.join(out) + '\n'


def command(api, cmd):
    target = f', of the {cmd.target} in `{cmd.target_field}`' if cmd.target != 'none' else ''
    errors = ', '.join(f'`{e}`' for e in cmd.errors) or 'none of its own'
    out = [f'### {cmd.name}', '', f'{cmd.summary}. {cmd.description}'.strip(), '',
           f'- {cmd.access}; cost {cmd.cost}', f'- admitted: {", ".join(f"`{w}`" for w in cmd.admit)}{target}{"; staff must be confirmed" if "confirmed" in cmd.require else ""}', f'- errors: {errors}']
    if cmd.has_client_id:
        out.append('- may be repeated with the same `client_id`: the first result is answered')
    return out + [f'- answers {cmd.response}', ''] + fields(api.objects[cmd.request])


def fields(obj):
    if not obj.props:
        return ['No fields.', '']
    out = ['| field | type | |', '|---|---|---|']
    for prop in obj.props:
        note = prop.description if prop.required else f'optional. {prop.description}'.strip()
        out.append(f'| `{prop.name}` | {typed(prop.type)} | {note.replace("|", chr(92) + "|")} |')
    return out + ['']


def typed(t):
    if t.kind == 'array':
        return f'array of {typed(t.item)}{limits(t)}'
    if t.kind == 'enum':
        return ', '.join(f'`{v}`' for v in t.values)
    name = {'int': 'integer', 'bool': 'boolean', 'str': 'string', 'raw': 'JSON', 'object': t.name}[t.kind]
    return (f'{t.name}: {name}' if t.name and t.kind in ('int', 'str') else name) + (f', {t.format}' if t.format else '') + limits(t)


def limits(t):
    if t.minimum is None and t.maximum is None:
        return ''
    low = '' if t.minimum is None else str(t.minimum)
    high = '' if t.maximum is None else str(t.maximum)
    return f' ({low}..{high})'


