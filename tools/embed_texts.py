#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a C source of the documents that people agree to.

    embed_texts.py out.c agreement.ru.txt agreement.en.txt ...

A file is <kind>.<language>.txt: "version: 1", "title: ...", an empty line, the text. Both languages of a kind carry the same version.
"""
import os
import sys


def read(path):
    with open(path, encoding="utf-8") as f:
        version, title, empty, text = f.read().split("\n", 3)
    if not version.startswith("version: ") or not title.startswith("title: ") or empty:
        sys.exit(f"embed_texts: {path}: wants version, title, an empty line")
    return int(version[9:]), title[7:].strip(), text.strip() + "\n"


def array(text):
    return ",".join(str(b - 256 if b > 127 else b) for b in text.encode("utf-8")) + ",0"


def main():
    kinds = {}
    for path in sys.argv[2:]:
        kind, language, _ = os.path.basename(path).split(".")
        kinds.setdefault(kind, {})[language] = read(path)
    out = ['/* Made by tools/embed_texts.py. */\n#include "account/document.h"\n']
    rows = []
    for kind, texts in sorted(kinds.items()):
        if set(texts) != {"ru", "en"} or texts["ru"][0] != texts["en"][0]:
            sys.exit(f"embed_texts: {kind}: wants both languages in one version")
        names = []
        for language in ("ru", "en"):
            for part, text in (("title", texts[language][1]), ("text", texts[language][2])):
                names.append(f"{kind}_{part}_{language}")
                out.append(f"static const char {names[-1]}[] = {{{array(text)}}};")
        rows.append(f"\t{{API_DOCUMENT_KIND_{kind.upper()}, {texts['ru'][0]}, {', '.join(names)}}},")
    out.append("const struct document_text document_texts[] = {")
    out += rows
    out.append("};\nconst size_t document_text_count = sizeof document_texts / sizeof *document_texts;\n")
    with open(sys.argv[1], "w", encoding="utf-8") as f:
        f.write("\n".join(out))


main()
