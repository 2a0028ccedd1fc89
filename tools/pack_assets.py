#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Packs the built client into one file, and writes a C source that puts this file into the executable.

    pack_assets.py --pack out.pack --source out.c [--depfile out.d] [CLIENT_FOLDER]

Without a folder the pack is empty: a server without its client. A file `x.gz` or `x.br` beside `x` is taken as its
compressed form; gzip is made here when there is none. A form that is not smaller is left out. The same input gives the
same bytes.

The pack, all numbers little-endian and 32 bits, all offsets from its first byte (read by src/net/static_files.c):
    "ZVPACK1\\n", number of files, size of the pack
    for each file, ascending by the bytes of its path:
        offset and size of: path (from '/'), content type, entity tag without quotes
        flags (1: immutable, the name carries a hash of the content)
        offset and size of: the bytes, their gzip, their brotli (size 0: none)
    all texts and bytes
"""
import argparse
import base64
import gzip
import hashlib
import os
import re
import struct
import sys

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".woff": "font/woff",
    ".ttf": "font/ttf",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/xml",
    ".wasm": "application/wasm",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".pdf": "application/pdf",
}
COMPRESSIBLE = re.compile(r"^(text/|application/(json|javascript|manifest\+json|xml|wasm)|image/svg\+xml|image/x-icon|font/ttf)")
# The bundler puts a hash of the content into the names of what it writes to assets/, and only there: a hand-made
# "icon-maskable.png" must not be kept for a year.
# The hash is base64url, so it may itself hold a hyphen.
HASHED = re.compile(r"^/assets/.*-[A-Za-z0-9_-]{8,}\.[^/.]+$")
HEADER, ENTRY, IMMUTABLE = 16, 52, 1


def read(path):
    with open(path, "rb") as f:
        return f.read()


def find_files(folder):
    """Paths from '/', with the real files behind them; the compressed siblings belong to their file."""
    found = {}
    for where, folders, names in os.walk(folder):
        folders.sort()
        for name in names:
            real = os.path.join(where, name)
            found["/" + os.path.relpath(real, folder).replace(os.sep, "/")] = real
    return {p: r for p, r in found.items() if not (p.endswith((".gz", ".br")) and p[:-3] in found)}


def forms_of(real, data, content_type):
    """The gzip and brotli forms; an empty one when it would not be smaller."""
    zipped = brotli = b""
    if os.path.exists(real + ".gz"):
        zipped = read(real + ".gz")
        if gzip.decompress(zipped) != data:
            sys.exit(f"pack_assets: {real}.gz is not the gzip of {real}: build the client again")
    elif COMPRESSIBLE.match(content_type):
        zipped = gzip.compress(data, 9, mtime=0)
    if os.path.exists(real + ".br"):
        brotli = read(real + ".br")
    return [form if 0 < len(form) < len(data) else b"" for form in (zipped, brotli)]


def pack(files):
    entries, blob = [], bytearray()
    base = HEADER + ENTRY * len(files)

    def put(data):
        at = base + len(blob)
        blob.extend(data)
        return at, len(data)

    for path, real in sorted(files.items(), key=lambda item: item[0].encode()):
        data = read(real)
        content_type = TYPES.get(os.path.splitext(path)[1].lower(), "application/octet-stream")
        tag = base64.urlsafe_b64encode(hashlib.sha256(data).digest()[:18])
        spans = [put(path.encode()), put(content_type.encode()), put(tag)]
        spans += [(IMMUTABLE if HASHED.match(path) else 0,)]
        spans += [put(form) for form in [data] + forms_of(real, data, content_type)]
        entries.append(struct.pack("<13I", *(number for span in spans for number in span)))
    return b"ZVPACK1\n" + struct.pack("<II", len(files), base + len(blob)) + b"".join(entries) + bytes(blob)


SOURCE = """/* The packed client, made by tools/pack_assets.py. Changing it here is lost with the next build. */
#include <stddef.h>

extern const unsigned char zvonok_assets[];
extern const size_t zvonok_assets_size;

__asm__(".pushsection .rodata\\n"
	".global zvonok_assets\\n"
	".type zvonok_assets, %object\\n"
	".balign 16\\n"
	"zvonok_assets:\\n"
	".incbin \\"{path}\\"\\n"
	".size zvonok_assets, . - zvonok_assets\\n"
	".popsection\\n");

const size_t zvonok_assets_size = {size};
"""


def main():
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("--pack", required=True)
    args.add_argument("--source", required=True)
    args.add_argument("--depfile", help="a Makefile rule naming every file that went in")
    args.add_argument("client", nargs="?", default="", help="folder of the built client; none: an empty pack")
    a = args.parse_args()
    if a.client and not os.path.isfile(os.path.join(a.client, "index.html")):
        sys.exit(f"pack_assets: {a.client} has no index.html: build the client first")
    files = find_files(a.client) if a.client else {}
    data = pack(files)
    with open(a.pack, "wb") as f:
        f.write(data)
    path = os.path.abspath(a.pack).replace("\\", "\\\\").replace('"', '\\"')
    with open(a.source, "w", encoding="utf-8") as f:
        f.write(SOURCE.format(path=path, size=len(data)))
    if a.depfile:
        inputs = [os.path.abspath(r).replace(" ", "\\ ") for r in files.values()]
        with open(a.depfile, "w", encoding="utf-8") as f:
            f.write(f"{a.source}: " + " ".join(inputs) + "\n")


if __name__ == "__main__":
    main()
