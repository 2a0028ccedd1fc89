# SPDX-License-Identifier: Apache-2.0
"""Writes api_codes.gen.h and api.gen.h."""
from . import c_names as c
from .model import snake


def codes_header(api):
    out = [c.HEAD.format(about='The codes of refusal with their HTTP status. Pure.'),
           '#ifndef API_CODES_GEN_H', '#define API_CODES_GEN_H', '', '#include "base/str.h"', '', 'enum api_error_code {']
    values = api.enums['ErrorCode']
    for i, value in enumerate(values):
        out.append(f'\t{c.enumerator("ErrorCode", value)}{" = 1" if i == 0 else ""}{"," if i + 1 < len(values) else ""}')
    out += ['};', f'#define API_ERROR_CODE_COUNT {len(values)}', '',
            '/* Of a code that api/ does not have (a bug): 500 and "unavailable". */',
            'int api_error_status(int code);', 'const char *api_error_name(int code);',
            'bool api_error_code_from(struct str text, enum api_error_code *out);', '', '#endif', '']
    return '\n'.join(out)


def header(api):
    out = [c.HEAD.format(about='Structs of the wire, their decoders and encoders, the events, and the table of commands (struct command).\n'
                         ' * Every handler is declared here; the rooms define them.'),
           '#ifndef API_GEN_H', '#define API_GEN_H', '', '#include "api_codes.gen.h"', '#include "server/command.h"', '']
    for name, values in api.enums.items():
        if name != 'ErrorCode':
            out += enum_lines(name, values)
    out += struct_lines(api)
    out += ['/* --- decoders: ERR_REFUSED with API_INVALID_FIELD and the field, or ERR_NOMEM. Text may point into the JSON. */', '']
    for name in api.requests:
        out.append(f'enum err api_{snake(name)}_decode(struct arena *a, const json_t *o, {c.struct(name)} *out, struct refusal *r) MUST_CHECK;')
    out += ['', '/* --- encoders: one JSON object */', '']
    for name in api.answers:
        out.append(f'void api_{snake(name)}_encode(struct json_writer *w, const {c.struct(name)} *v);')
    out += ['', '/* --- events: encoded once, then tx_event; _stored: the row that is the event has taken its seq (tx_event_stored) */', '']
    for obj in api.events:
        kind, stream = obj.event['type'], obj.event['stream']
        out.append(f'/* {"of" if stream == "chat" else "of"} a stream of kind {stream}{": " + obj.description if obj.description else ""} */')
        out.append(f'enum err event_{kind}(struct tx *tx, struct stream_id s, const {c.struct(obj.name)} *v) MUST_CHECK;')
        out.append(f'enum err event_{kind}_stored(struct tx *tx, struct stream_id s, int64_t seq, const {c.struct(obj.name)} *v) MUST_CHECK;')
    out += ['', '/* --- signals: best effort, to the sockets that follow s but those of `except` (0: to all) */', '']
    for obj in api.signals:
        out.append(f'enum err signal_{obj.signal}(struct tx *tx, struct stream_id s, const {c.struct(obj.name)} *v, struct person_id except) MUST_CHECK;')
    out += ['', '/* --- handlers, defined by the rooms */', '']
    for cmd in api.commands:
        out.append(f'/* {cmd.access}: {cmd.summary} */')
        out.append(f'enum err {cmd.name}(struct tx *tx, const {c.struct(cmd.request)} *in, {c.struct(cmd.response)} *out) MUST_CHECK;')
    out += ['', '/* --- the table, sorted by name */', '', 'extern const struct command api_commands[];',
            'extern const size_t api_command_count;', '', '#endif', '']
    return '\n'.join(out)


def enum_lines(name, values):
    out = [f'{c.enum(name)} {{']
    for i, value in enumerate(values):
        out.append(f'\t{c.enumerator(name, value)}{"," if i + 1 < len(values) else ""}')
    out += ['};', f'#define API_{snake(name).upper()}_COUNT {len(values)}',
            f'const char *{c.name_function(name)}({c.enum(name)} v);',
            f'bool api_{snake(name)}_from(struct str text, {c.enum(name)} *out);', '']
    return out


def struct_lines(api):
    """All structs, each after its parts; an array of objects is declared right behind its item."""
    out, made = [], set()

    def array(type_):
        name = c.array_struct(type_)
        if name not in made:
            made.add(name)
            out.extend([f'{name} {{', f'\t{c.item_type(type_.item)} *items;', '\tsize_t n;', '};', ''])

    ordered = []
    for name in api.requests + api.answers:
        if name not in ordered:
            ordered.append(name)
    for name in ordered:
        obj = api.objects[name]
        for prop in obj.props:
            if prop.type.kind == 'array':
                array(prop.type)
        if obj.description:
            out.append(f'/* {obj.description} */')
        out.append(f'{c.struct(name)} {{')
        for prop in obj.props:
            if not prop.required:
                out.append(f'\tbool has_{prop.name};')
            note = f' /* {prop.description} */' if prop.description and '*/' not in prop.description else ''
            out.append(f'\t{c.member(prop.type, prop.name)}{note}')
        if not obj.props:
            out.append('\tchar none; /* C wants a member */')
        out += ['};', '']
    return out
