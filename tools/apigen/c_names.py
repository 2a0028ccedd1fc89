# SPDX-License-Identifier: Apache-2.0
"""How things of the description are called in C; one place, so that header and code agree."""
from .model import Mistake, snake

HEAD = '''/* SPDX-License-Identifier: Apache-2.0
 *
 * Made from api/ by tools/gen_api.py; changes belong there.
 *
 * {about}
 */
'''


def struct(name):
    return f'struct api_{snake(name)}'


def enum(name):
    return f'enum api_{snake(name)}'


def enumerator(enum_name, value):
    prefix = '' if enum_name == 'ErrorCode' else snake(enum_name).upper() + '_'
    return f'API_{prefix}{value.upper()}'


def check_enumerators(api):
    seen = {}
    for name, values in api.enums.items():
        for value in values:
            c_name = enumerator(name, value)
            if c_name in seen:
                raise Mistake(f'{name}.{value}: {c_name} is taken by {seen[c_name]}')
            seen[c_name] = f'{name}.{value}'


def name_function(enum_name):
    return 'api_error_name' if enum_name == 'ErrorCode' else f'api_{snake(enum_name)}_name'


def item_type(type_):
    """The C type of one value."""
    return {'int': 'int64_t', 'bool': 'bool', 'str': 'struct str', 'raw': 'struct str'}.get(type_.kind) or (
        struct(type_.name) if type_.kind == 'object' else enum(type_.name))


def array_struct(type_):
    """struct api_id_array { int64_t *items; size_t n; }; not _list, which schemas are called (UnitList)."""
    item = type_.item
    word = item.name or {'int': 'Int', 'bool': 'Bool', 'str': 'Str'}[item.kind]
    return f'struct api_{snake(word)}_array'


def declared(type_):
    return array_struct(type_) if type_.kind == 'array' else item_type(type_)


def member(type_, name):
    return f'{declared(type_)} {name};'


def format_function(type_):
    return f'format_{type_.format.replace("-", "_")}' if type_.format else 'NULL'


def number(value):
    return f'INT64_C({value})' if abs(value) > 0x7fffffff else str(value)
