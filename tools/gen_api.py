#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes everything that is derived from api/.

  gen_api.py c --out DIR files...       api_codes.gen.{h,c}, api.gen.{h,c}, api_commands.gen.c
  gen_api.py bundle [--out FILE] files  one OpenAPI document as JSON (for tests and for openapi-typescript)
  gen_api.py reference --out FILE files the page of all commands and events
  gen_api.py policy --out FILE files    the table of commands and roles (docs/POLICY.md)
  gen_api.py check files...             reads and checks, writes nothing

A mistake in the description ends with its place on stderr and exit code 1; no file is written then.
"""
import argparse
import json
import os
import sys

from apigen import c_code, c_header, c_names, model, policy, reference


def write(path, text):
    """Leaves a file alone that already says the same, so that nothing is rebuilt for it."""
    try:
        with open(path, encoding='utf-8') as f:
            if f.read() == text:
                return
    except OSError:
        pass
    os.makedirs(os.path.dirname(path) or '.', exist_ok=True)
    with open(path + '.new', 'w', encoding='utf-8') as f:
        f.write(text)
    os.replace(path + '.new', path)


def run_c(api, out):
    c_names.check_enumerators(api)
    files = {'api_codes.gen.h': c_header.codes_header(api), 'api_codes.gen.c': c_code.codes_code(api),
             'api.gen.h': c_header.header(api), 'api.gen.c': c_code.code(api), 'api_commands.gen.c': c_code.commands_code(api)}
    for name, text in files.items():
        write(os.path.join(out, name), text)


def main():
    parser = argparse.ArgumentParser(description='what is derived from api/')
    parser.add_argument('what', choices=['c', 'bundle', 'reference', 'policy', 'check'])
    parser.add_argument('--out')
    parser.add_argument('files', nargs='+')
    args = parser.parse_args()
    if args.what in ('c', 'reference', 'policy') and not args.out:
        parser.error('--out is missing')
    try:
        api = model.load(args.files)
        if args.what == 'c':
            run_c(api, args.out)
    except (model.Mistake, model.yaml.YAMLError, OSError) as mistake:
        print(f'gen_api: {mistake}', file=sys.stderr)
        return 1
    if args.what == 'bundle':
        text = json.dumps(api.document, ensure_ascii=False, indent=1) + '\n'
        if args.out:
            write(args.out, text)
        else:
            sys.stdout.write(text)
    elif args.what == 'reference':
        write(args.out, reference.page(api))
    elif args.what == 'policy':
        write(args.out, policy.page(api))
    return 0


if __name__ == '__main__':
    sys.exit(main())
