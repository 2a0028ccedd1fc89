# SPDX-License-Identifier: Apache-2.0
"""Writes api_codes.gen.c, api.gen.c and api_commands.gen.c.

The table is a file of its own: whoever links one struct's encoder must not be made to link every handler.
"""
from . import c_names as c
from .model import snake


def codes_code(api):
    out = [c.HEAD.format(about='See api_codes.gen.h.'), '#include "api_codes.gen.h"', '',
           'static const struct { const char *name; int status; } codes[] = {']
    for value in api.enums['ErrorCode']:
        out.append(f'\t[{c.enumerator("ErrorCode", value)}] = {{"{value}", {api.error_status[value]}}},')
    out += ['};', '', 'static bool known(int code)', '{',
            '\treturn code >= 1 && code <= API_ERROR_CODE_COUNT;', '}', '',
            'int api_error_status(int code)', '{', '\treturn known(code) ? codes[code].status : 500;', '}', '',
            'const char *api_error_name(int code)', '{', '\treturn known(code) ? codes[code].name : "unavailable";', '}', '',
            'bool api_error_code_from(struct str text, enum api_error_code *out)', '{',
            '\tfor (int i = 1; i <= API_ERROR_CODE_COUNT; i++) {', '\t\tif (str_eq(text, str_of(codes[i].name))) {',
            '\t\t\t*out = (enum api_error_code)i;', '\t\t\treturn true;', '\t\t}', '\t}', '\treturn false;', '}', '']
    return '\n'.join(out)


def code(api):
    out = [c.HEAD.format(about='See api.gen.h.'), '#include "api.gen.h"', '#include "server/decode.h"', '#include "server/format.h"', '',
           '/* Bytes that the data of one event may have; what a handler makes of checked input stays far below. */',
           '#define EVENT_DATA_MAX ((size_t)1 << 20)', '#define EVENT_DATA_USUAL 512 /* bytes that most events need */', '']
    for name, values in api.enums.items():
        if name != 'ErrorCode':
            out += enum_lines(name, values)
    for name in api.requests:
        out += decode_lines(api.objects[name])
    for name in api.answers:
        out += encode_lines(api.objects[name])
    for obj in api.events:
        out += event_lines(obj)
    for obj in api.signals:
        out += signal_lines(obj)
    return '\n'.join(out)


def enum_lines(name, values):
    s = snake(name)
    out = [f'static const char *const {s}_names[] = {{']
    out += [f'\t[{c.enumerator(name, v)}] = "{v}",' for v in values]
    out += ['};', '',
            f'const char *{c.name_function(name)}({c.enum(name)} v)', '{',
            f'\tCHECK((unsigned)v < API_{s.upper()}_COUNT);', f'\treturn {s}_names[v];', '}', '',
            f'bool api_{s}_from(struct str text, {c.enum(name)} *out)', '{',
            f'\tfor (int i = 0; i < API_{s.upper()}_COUNT; i++) {{', f'\t\tif (str_eq(text, str_of({s}_names[i]))) {{',
            f'\t\t\t*out = ({c.enum(name)})i;', '\t\t\treturn true;', '\t\t}', '\t}', '\treturn false;', '}', '']
    return out


# --- decoders

def decode_lines(obj):
    s = snake(obj.name)
    out = [f'enum err api_{s}_decode(struct arena *a, const json_t *o, {c.struct(obj.name)} *out, struct refusal *r)', '{']
    if obj.props:
        out.append('\tstatic const char *const fields[] = {' + ', '.join(f'"{p.name}"' for p in obj.props) + '};')
    out += [f'\t*out = ({c.struct(obj.name)}){{0}};', '\tstruct decoder d;',
            f'\tdecode_begin(&d, a, o, r, {"fields" if obj.props else "NULL"}, {len(obj.props)});']
    for prop in obj.props:
        out += ['\t' + line for line in decode_prop(prop)]
    out += ['\treturn decode_end(&d);', '}', '']
    return out


def decode_prop(prop):
    name, t = prop.name, prop.type
    has = 'NULL' if prop.required else f'&out->has_{name}'
    where = f'&d, "{name}", {has}'
    if t.kind == 'int':
        return [f'decode_int({where}, {c.number(t.minimum)}, {c.number(t.maximum)}, &out->{name});']
    if t.kind == 'bool':
        return [f'decode_bool({where}, &out->{name});']
    if t.kind == 'str':
        return [f'decode_str({where}, {t.minimum or 0}, {t.maximum}, {c.format_function(t)}, &out->{name});']
    if t.kind == 'enum':
        return [f'out->{name} = ({c.enum(t.name)})decode_enum({where}, {snake(t.name)}_names, {len(t.values)});']
    if t.kind == 'object':
        return [f'const json_t *{name} = decode_object({where});', f'if ({name})',
                f'\tdecode_inner(&d, "{name}", api_{snake(t.name)}_decode(a, {name}, &out->{name}, r));']
    return [f'const json_t *{name} = decode_array({where}, {t.minimum or 0}, {t.maximum}, &out->{name}.n);',
            f'out->{name}.items = decode_room(&d, out->{name}.n, sizeof *out->{name}.items);',
            f'for (size_t i = 0; i < out->{name}.n && d.err == ERR_OK; i++)', '\t' + decode_item(name, t.item)]


def decode_item(name, t):
    where, to = f'&d, "{name}", {name}, i', f'&out->{name}.items[i]'
    if t.kind == 'int':
        return f'decode_int_item({where}, {c.number(t.minimum)}, {c.number(t.maximum)}, {to});'
    if t.kind == 'bool':
        return f'decode_bool_item({where}, {to});'
    if t.kind == 'str':
        return f'decode_str_item({where}, {t.minimum or 0}, {t.maximum}, {c.format_function(t)}, {to});'
    if t.kind == 'enum':
        return f'out->{name}.items[i] = ({c.enum(t.name)})decode_enum_item({where}, {snake(t.name)}_names, {len(t.values)});'
    return f'decode_inner_item(&d, "{name}", i, api_{snake(t.name)}_decode(a, json_array_get({name}, i), {to}, r));'


# --- encoders

def encode_value(t, value):
    """One statement that writes the value; value is an lvalue in C."""
    if t.kind == 'enum':
        return f'json_str(w, str_of({c.name_function(t.name)}({value})));'
    if t.kind == 'object':
        return f'api_{snake(t.name)}_encode(w, &{value});'
    return {'int': 'json_int', 'bool': 'json_bool', 'str': 'json_str', 'raw': 'json_raw'}[t.kind] + f'(w, {value});'


def encode_lines(obj):
    arg = 'v' if obj.props else 'unused'
    out = [f'void api_{snake(obj.name)}_encode(struct json_writer *w, const {c.struct(obj.name)} *{arg})', '{']
    if not obj.props:
        out.append('\t(void)unused;')
    out.append('\tjson_open_object(w);')
    for prop in obj.props:
        lines = [f'json_key(w, "{prop.name}");']
        if prop.type.kind == 'array':
            lines += ['json_open_array(w);', f'for (size_t i = 0; i < v->{prop.name}.n; i++)',
                      '\t' + encode_value(prop.type.item, f'v->{prop.name}.items[i]'), 'json_close_array(w);']
        else:
            lines.append(encode_value(prop.type, f'v->{prop.name}'))
        if prop.required:
            out += ['\t' + line for line in lines]
        else:
            out += [f'\tif (v->has_{prop.name}) {{'] + ['\t\t' + line for line in lines] + ['\t}']
    out += ['\tjson_close_object(w);', '}', '']
    return out


# --- events and signals

def encode_into_buf(obj):
    return ['\tstruct buf data;', '\tbuf_init(&data, EVENT_DATA_MAX);', '\tbuf_reserve(&data, EVENT_DATA_USUAL);', '\tstruct json_writer w;', '\tjson_writer_init(&w, &data);',
            f'\tapi_{snake(obj.name)}_encode(&w, v);', '\tenum err e = data.err;']


def event_lines(obj):
    kind = obj.event['type']
    out = [f'enum err event_{kind}(struct tx *tx, struct stream_id s, const {c.struct(obj.name)} *v)', '{'] + encode_into_buf(obj)
    out += ['\tif (e == ERR_OK)', f'\t\te = tx_event(tx, s, "{kind}", buf_str(&data), NULL);', '\tbuf_release(&data);', '\treturn e;', '}', '']
    out += [f'enum err event_{kind}_stored(struct tx *tx, struct stream_id s, int64_t seq, const {c.struct(obj.name)} *v)', '{']
    out += encode_into_buf(obj)
    out += ['\tif (e == ERR_OK)', f'\t\ttx_event_stored(tx, s, seq, "{kind}", buf_str(&data));', '\tbuf_release(&data);', '\treturn e;', '}', '']
    return out


def signal_lines(obj):
    out = [f'enum err signal_{obj.signal}(struct tx *tx, struct stream_id s, const {c.struct(obj.name)} *v, struct person_id except)', '{']
    out += encode_into_buf(obj)
    out += ['\tif (e == ERR_OK)', f'\t\ttx_signal(tx, s, "{obj.signal}", buf_str(&data), except);', '\tbuf_release(&data);', '\treturn e;', '}', '']
    return out


# --- the table

def commands_code(api):
    out = [c.HEAD.format(about='The table of commands: wrappers that give each function its own types back, and the rows.'),
           '#include "api.gen.h"', '', '/* The fuzz target of the decoders has no handlers. */', '#ifndef API_RUN', '#define API_RUN(call) (call)', '#endif', '']
    decoded, encoded = set(), set()
    for cmd in api.commands:
        out += command_wrappers(api, cmd, decoded, encoded)
    out.append('const struct command api_commands[] = {')
    for cmd in api.commands:
        out += command_row(cmd)
    out += ['};', 'const size_t api_command_count = sizeof api_commands / sizeof api_commands[0];', '']
    return '\n'.join(out)


def command_wrappers(api, cmd, decoded, encoded):
    request, response = c.struct(cmd.request), c.struct(cmd.response)
    out = []
    if cmd.request not in decoded:
        decoded.add(cmd.request)
        s = snake(cmd.request)
        out += [f'static enum err decode_{s}(struct arena *a, const json_t *o, void *in, struct refusal *r)', '{',
                f'\treturn api_{s}_decode(a, o, in, r);', '}', '']
    if cmd.response not in encoded:
        encoded.add(cmd.response)
        s = snake(cmd.response)
        out += [f'static void encode_{s}(struct json_writer *w, const void *out)', '{', f'\tapi_{s}_encode(w, out);', '}', '']
    if cmd.target != 'none':
        out += [f'static int64_t target_{cmd.name}(const void *in)', '{', f'\tconst {request} *v = in;']
        if cmd.target == 'stream':
            out += ['\tstruct stream_id s;', f'\treturn stream_parse(v->{cmd.target_field}, &s) ? s.v : 0;']
        else:
            out.append(f'\treturn v->{cmd.target_field};')
        out += ['}', '']
    if cmd.has_client_id:
        required = next(p.required for p in api.objects[cmd.request].props if p.name == 'client_id')
        out += [f'static struct str client_id_{cmd.name}(const void *in)', '{', f'\tconst {request} *v = in;',
                '\treturn v->client_id;' if required else '\treturn v->has_client_id ? v->client_id : (struct str){0};', '}', '']
    out += [f'static enum err run_{cmd.name}(struct tx *tx, const void *in, void *out)', '{',
            f'\treturn API_RUN({cmd.name}(tx, in, out));', '}', '']
    return out


def command_row(cmd):
    out = ['\t{', f'\t\t.name = "{cmd.name}",', f'\t\t.access = COMMAND_{cmd.access.upper()},', f'\t\t.target = TARGET_{cmd.target.upper()},',
           '\t\t.admit = ' + ' | '.join([f'ADMIT_{word.upper()}' for word in cmd.admit] + [f'REQUIRE_{word.upper()}' for word in cmd.require]) + ',', f'\t\t.cost = {cmd.cost},',
           f'\t\t.in_size = sizeof({c.struct(cmd.request)}),', f'\t\t.out_size = sizeof({c.struct(cmd.response)}),',
           f'\t\t.decode = decode_{snake(cmd.request)},']
    if cmd.target != 'none':
        out.append(f'\t\t.target_id = target_{cmd.name},')
    if cmd.has_client_id:
        out.append(f'\t\t.client_id = client_id_{cmd.name},')
    out += [f'\t\t.run = run_{cmd.name},', f'\t\t.encode = encode_{snake(cmd.response)},']
    if cmd.has_client_id and not cmd.own_client_id:
        out.append('\t\t.replay = true,')
    out.append('\t},')
    return out
