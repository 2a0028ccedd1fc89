# SPDX-License-Identifier: Apache-2.0
"""Reads the files of api/, joins them into one document, checks everything that the rest relies on.

A mistake in the description is a Mistake with the place of it; nothing is generated then.
"""
import re
from dataclasses import dataclass, field

import yaml

ACCESS = ('read', 'write')
TARGETS = ('none', 'org', 'unit', 'chat', 'invite', 'file', 'stream', 'call')
ADMIT = ('anyone', 'person', 'operator', 'member', 'admin', 'coadmin', 'head', 'teacher', 'student', 'guardian',
         'unit_lead', 'chat_member', 'stream_follower', 'curator', 'chat_writer', 'chat_keeper', 'call_member', 'call_host', 'unit_teacher')
REQUIRE = ('confirmed',)
STREAMS = ('chat', 'person', 'org', 'call')
FORMATS = ('phone', 'code', 'token', 'client-id', 'person-name', 'stream', 'date', 'email')
C_WORDS = set('''auto break case char const continue default do double else enum extern float for goto if inline int long
    register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while bool true
    false'''.split())
SCHEMA_WORDS = {'type', 'properties', 'required', 'additionalProperties', 'description', 'enum', 'format', 'minLength',
                'maxLength', 'minimum', 'maximum', 'minItems', 'maxItems', 'items', '$ref', 'x-raw', 'x-event', 'x-signal',
                'x-status'}
COMMAND_WORDS = {'access', 'target', 'admit', 'cost', 'errors', 'client_id', 'require'}


class Mistake(Exception):
    """The description is wrong; the text says where and why."""


class UniqueLoader(getattr(yaml, 'CSafeLoader', yaml.SafeLoader)):
    """YAML where a key that stands twice in one mapping is an error."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=deep)
            if key in seen:
                raise Mistake(f'{key_node.start_mark}: "{key}" stands twice')
            seen.add(key)
        return super().construct_mapping(node, deep)


@dataclass
class Type:
    """What a value is. kind: int, bool, str, raw, enum, object, array."""
    kind: str
    name: str = ''              # of the named schema (object, enum) or alias (Id); made up for an inline enum
    values: tuple = ()          # enum
    minimum: int | None = None  # int: value; str: code points; array: items
    maximum: int | None = None
    format: str = ''
    item: 'Type | None' = None


@dataclass
class Prop:
    name: str
    type: Type
    required: bool
    description: str = ''


@dataclass
class Object:
    name: str
    props: list
    description: str = ''
    closed: bool = False
    event: dict | None = None
    signal: str = ''


@dataclass
class Command:
    name: str
    tag: str
    summary: str
    description: str
    access: str
    target: str
    target_field: str
    admit: tuple
    require: tuple
    cost: int
    errors: tuple
    own_client_id: bool
    has_client_id: bool
    request: str
    response: str


@dataclass
class Api:
    document: dict
    objects: dict = field(default_factory=dict)   # name -> Object, in the order of the files
    enums: dict = field(default_factory=dict)     # name -> values
    commands: list = field(default_factory=list)  # sorted by name
    error_status: dict = field(default_factory=dict)
    requests: list = field(default_factory=list)  # objects that are decoded: requests and what they contain
    answers: list = field(default_factory=list)   # objects that are encoded: everything else and what it contains

    @property
    def events(self):
        return [o for o in self.objects.values() if o.event]

    @property
    def signals(self):
        return [o for o in self.objects.values() if o.signal]


def snake(name):
    return re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '_', name).lower()


def merge(paths):
    """One document out of the files; a name that stands in two of them is a mistake."""
    document = {'paths': {}, 'components': {}}
    for path in paths:
        with open(path, encoding='utf-8') as f:
            part = yaml.load(f, UniqueLoader) or {}
        for key, value in part.items():
            if key == 'paths':
                join(document['paths'], value, f'{path}: paths')
            elif key == 'components':
                for kind, members in value.items():
                    join(document['components'].setdefault(kind, {}), members, f'{path}: components.{kind}')
            elif key in document:
                raise Mistake(f'{path}: "{key}" stands in two files')
            else:
                document[key] = value
    order = ['openapi', 'info', 'servers', 'tags', 'paths', 'components']
    return {k: document[k] for k in sorted(document, key=lambda k: order.index(k) if k in order else len(order))}


def join(into, members, where):
    for name, value in (members or {}).items():
        if name in into:
            raise Mistake(f'{where}: "{name}" stands twice')
        into[name] = value


def load(paths):
    document = merge(paths)
    check_refs(document, document, '#')
    api = Api(document)
    schemas = document['components'].get('schemas', {})
    for name, schema in schemas.items():
        read_schema(api, schemas, name, schema)
    codes = schemas.get('ErrorCode')
    if codes is None:
        raise Mistake('ErrorCode is missing')
    api.error_status = codes.get('x-status', {})
    if list(api.error_status) != list(codes['enum']):
        raise Mistake('ErrorCode: x-status must name exactly the values of enum, in their order')
    for path, item in document['paths'].items():
        api.commands.append(read_command(api, path, item))
    api.commands.sort(key=lambda c: c.name)
    api.requests = contained(api, {c.request for c in api.commands})
    api.answers = contained(api, {o for o in api.objects if o not in {c.request for c in api.commands}}
                            | {c.response for c in api.commands})
    for name in api.requests:
        check_bounded(api.objects[name])
    return api


def check_refs(document, node, where):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == '$ref':
                resolve(document, value, where)
            else:
                check_refs(document, value, f'{where}/{key}')
    elif isinstance(node, list):
        for i, value in enumerate(node):
            check_refs(document, value, f'{where}/{i}')


def resolve(document, ref, where):
    if not isinstance(ref, str) or not ref.startswith('#/'):
        raise Mistake(f'{where}: $ref {ref!r} must begin with #/')
    node = document
    for step in ref[2:].split('/'):
        if not isinstance(node, dict) or step not in node:
            raise Mistake(f'{where}: $ref {ref} leads nowhere')
        node = node[step]
    return node


def read_schema(api, schemas, name, schema):
    if not re.fullmatch(r'[A-Z][A-Za-z0-9]*', name):
        raise Mistake(f'{name}: names of schemas are in CamelCase')
    if schema.get('type') == 'object' and not schema.get('x-raw'):
        api.objects[name] = read_object(schemas, name, schema)
        for prop in api.objects[name].props:
            inner = prop.type.item if prop.type.kind == 'array' else prop.type
            if inner.kind == 'enum' and inner.name not in schemas:
                api.enums[inner.name] = inner.values
    else:
        type_ = read_type(schemas, name, schema, name)
        if type_.kind == 'enum':
            api.enums[name] = type_.values


def read_object(schemas, name, schema):
    unknown = set(schema) - SCHEMA_WORDS
    if unknown:
        raise Mistake(f'{name}: unknown words {sorted(unknown)}')
    props = schema.get('properties', {})
    required = schema.get('required', [])
    if set(required) - set(props):
        raise Mistake(f'{name}: required names no property: {sorted(set(required) - set(props))}')
    out = Object(name, [], schema.get('description', ''), schema.get('additionalProperties') is False,
                 schema.get('x-event'), schema.get('x-signal', ''))
    if out.event:
        if set(out.event) != {'stream', 'type'} or out.event['stream'] not in STREAMS:
            raise Mistake(f'{name}: x-event must have stream (one of {STREAMS}) and type')
        if snake(name) != f'{out.event["type"]}_event':
            raise Mistake(f'{name}: the schema of {out.event["type"]} must be named after it')
    for prop, value in props.items():
        if not re.fullmatch(r'[a-z][a-z0-9_]*', prop) or prop in C_WORDS or prop.startswith('has_'):
            raise Mistake(f'{name}.{prop}: not a name for a property')
        out.props.append(Prop(prop, read_type(schemas, f'{name}.{prop}', value, name + camel(prop)), prop in required,
                              value.get('description', '')))
    return out


def camel(name):
    return ''.join(part.capitalize() for part in name.split('_'))


def read_type(schemas, where, schema, enum_name):
    unknown = set(schema) - SCHEMA_WORDS
    if unknown:
        raise Mistake(f'{where}: unknown words {sorted(unknown)}')
    if '$ref' in schema:
        target = schema['$ref'].rsplit('/', 1)[1]
        if not schema['$ref'].startswith('#/components/schemas/'):
            raise Mistake(f'{where}: $ref must lead to a schema')
        inner = schemas[target]
        if inner.get('x-raw'):
            return Type('raw', target)
        if inner.get('type') == 'object':
            return Type('object', target)
        type_ = read_type(schemas, target, inner, target)
        type_.name = target
        return type_
    kind = schema.get('type')
    if kind == 'integer':
        return Type('int', minimum=schema.get('minimum'), maximum=schema.get('maximum'))
    if kind == 'boolean':
        return Type('bool')
    if kind == 'string' and 'enum' in schema:
        for value in schema['enum']:
            if not isinstance(value, str) or not re.fullmatch(r'[a-z][a-z0-9_]*', value):
                raise Mistake(f'{where}: {value!r} is no value for an enum')
        return Type('enum', enum_name, tuple(schema['enum']))
    if kind == 'string':
        if schema.get('format', '') not in ('',) + FORMATS:
            raise Mistake(f'{where}: format {schema["format"]} is none of {FORMATS}')
        return Type('str', minimum=schema.get('minLength'), maximum=schema.get('maxLength'), format=schema.get('format', ''))
    if kind == 'array':
        item = read_type(schemas, f'{where}[]', schema['items'], enum_name)
        if item.kind == 'array':
            raise Mistake(f'{where}: an array of arrays')
        return Type('array', minimum=schema.get('minItems'), maximum=schema.get('maxItems'), item=item)
    if kind == 'object' and schema.get('x-raw'):
        return Type('raw', enum_name)
    raise Mistake(f'{where}: a property is a $ref, integer, boolean, string or array')


def read_command(api, path, item):
    where = path
    match = re.fullmatch(r'/api/v1/([a-z][a-z0-9_]*)', path)
    if not match or set(item) != {'post'}:
        raise Mistake(f'{where}: a command is one post to /api/v1/<command>')
    op = item['post']
    name = match[1]
    if op.get('operationId') != name:
        raise Mistake(f'{where}: operationId must be {name}')
    x = op.get('x-command')
    if not isinstance(x, dict) or set(x) - COMMAND_WORDS or not {'access', 'target', 'admit', 'cost', 'errors'} <= set(x):
        raise Mistake(f'{where}: x-command must have access, target, admit, cost, errors, and may have client_id and require')
    request = body_schema(api, where, op.get('requestBody', {}))
    response = body_schema(api, where, op.get('responses', {}).get('200', {}))
    if not api.objects[request].closed:
        raise Mistake(f'{where}: request {request} must have additionalProperties: false')
    props = {p.name: p for p in api.objects[request].props}
    words('access', where, [x['access']], ACCESS)
    words('admit', where, x['admit'], ADMIT)
    words('require', where, x.get('require', []), REQUIRE)
    words('errors', where, x['errors'], api.enums.get('ErrorCode', ()))
    if not x['admit']:
        raise Mistake(f'{where}: admit is empty: nobody could call it')
    if not isinstance(x['cost'], int) or not 1 <= x['cost'] <= 1000:
        raise Mistake(f'{where}: cost must be from 1 to 1000')
    words('tags', where, op.get('tags', [])[:1], {tag['name'] for tag in api.document.get('tags', [])})  # else no page would show it
    kind, target_field = x['target'].get('kind'), x['target'].get('field', '')
    words('target', where, [kind], TARGETS)
    check_target(where, kind, target_field, props)
    if kind == 'none' and set(x['admit']) - {'anyone', 'person', 'operator'}:
        raise Mistake(f'{where}: without a target, admit may only be anyone, person, operator')
    has_client_id = 'client_id' in props
    if has_client_id and x['access'] != 'write':
        raise Mistake(f'{where}: client_id is for write commands')
    if x.get('client_id', 'own') != 'own' or ('client_id' in x and not has_client_id):
        raise Mistake(f'{where}: x-command.client_id may only be "own", and the request must have a client_id')
    return Command(name, (op.get('tags') or [''])[0], op.get('summary', ''), (op.get('description') or '').strip(), x['access'],
                   kind, target_field, tuple(x['admit']), tuple(x.get('require', [])), x['cost'], tuple(x['errors']), 'client_id' in x, has_client_id,
                   request, response)


def body_schema(api, where, body):
    try:
        name = body['content']['application/json']['schema']['$ref'].rsplit('/', 1)[1]
    except (KeyError, TypeError):
        raise Mistake(f'{where}: request and answer 200 are a $ref to a schema') from None
    if name not in api.objects:
        raise Mistake(f'{where}: {name} is not an object')
    return name


def words(what, where, given, known):
    for word in given:
        if word not in known:
            raise Mistake(f'{where}: {what}: {word!r} is none of {", ".join(known)}')


def check_target(where, kind, target_field, props):
    if kind == 'none':
        if target_field:
            raise Mistake(f'{where}: target none has no field')
        return
    prop = props.get(target_field)
    if prop is None or not prop.required:
        raise Mistake(f'{where}: target field {target_field!r} must be a required field of the request')
    good = prop.type.kind == 'str' and prop.type.format == 'stream' if kind == 'stream' else prop.type.name == 'Id'
    if not good:
        raise Mistake(f'{where}: target field {target_field} must be {"a Stream" if kind == "stream" else "an Id"}')


def contained(api, names):
    """The objects of these names and all that lie in them, in an order in which each comes after its parts."""
    out = []

    def visit(name, above):
        if name in above:
            raise Mistake(f'{name} contains itself')
        if name in out:
            return
        for prop in api.objects[name].props:
            inner = prop.type.item if prop.type.kind == 'array' else prop.type
            if inner.kind == 'object':
                visit(inner.name, above + (name,))
        out.append(name)

    for name in api.objects:
        if name in names:
            visit(name, ())
    return out


def check_bounded(obj):
    """What a stranger sends has a stated limit, every value of it."""
    if not obj.closed:
        raise Mistake(f'{obj.name} is part of a request: it must have additionalProperties: false')
    for prop in obj.props:
        types = [prop.type] + ([prop.type.item] if prop.type.kind == 'array' else [])
        for type_ in types:
            bounded = {'int': type_.minimum is not None and type_.maximum is not None, 'str': type_.maximum is not None,
                       'array': type_.maximum is not None, 'raw': False}.get(type_.kind, True)
            if not bounded:
                raise Mistake(f'{obj.name}.{prop.name}: a field of a request needs its limits stated')
