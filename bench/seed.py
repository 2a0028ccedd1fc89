#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fills a store that zvonok has just made (schema only) with people, sessions and chats for the load client.

  seed.py STORE fanout N FOLDER      one organisation, one unit of N members, a session each
  seed.py STORE ingest FOLDER        200 chats of 30 members: 600 people, each in 10 chats

Writes FOLDER/tokens (a cookie value a line, by person), FOLDER/places ("connection chat") and FOLDER/people ("person chat").
"""
import base64
import hashlib
import os
import sqlite3
import sys
import time

NOW = int(time.time() * 1000)
ROLE_TEACHER = 3
ROLE_STUDENT = 4


def token_of(person):
    raw = hashlib.sha256(b"bench session %d" % person).digest()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def hash_of(token):
    return hashlib.sha256(token.encode()).digest()


def columns(db, table):
    return {row[1]: row for row in db.execute(f"PRAGMA table_info({table})")}


def insert(db, table, rows):
    """Rows are dicts; what a table has and a row does not gets a neutral value, so that a new column does not break the bench."""
    known = columns(db, table)
    names = [n for n in known if n in rows[0]]
    for n, row in known.items():
        if n not in rows[0] and row[3] and row[4] is None and not row[5]:
            names.append(n)
            for r in rows:
                r[n] = "" if "TEXT" in row[2] else (b"" if "BYTEA" in row[2] else 0)
    db.executemany(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
        ([r[n] for n in names] for r in rows))


def people(db, count, folder):
    insert(db, "org", [dict(id=1, name="Школа", short_name="Школа", type=0, created_at=NOW)])
    insert(db, "chat_org", [dict(org_id=1, guardians_in_class=1)])  # without it the start makes the chats of the roster anew
    insert(db, "person", [dict(id=i, given_name="Имя", family_name="Фамилия%d" % i, is_operator=0, head=0, created_at=NOW)
                          for i in range(1, count + 1)])
    insert(db, "session", [dict(id=i, person_id=i, token_hash=hash_of(token_of(i)), device="bench", created_at=NOW, seen_at=NOW)
                           for i in range(1, count + 1)])
    insert(db, "member", [dict(org_id=1, person_id=i, role=ROLE_STUDENT, joined_at=NOW) for i in range(1, count + 1)])
    with open(os.path.join(folder, "tokens"), "w") as f:
        f.writelines(token_of(i) + "\n" for i in range(1, count + 1))


def chat(db, chat_id, members):
    insert(db, "unit", [dict(id=chat_id, org_id=1, kind=2, name="Кружок %d" % chat_id, name_fold="кружок %d" % chat_id, chat_id=chat_id, created_at=NOW)])
    insert(db, "chat", [dict(id=chat_id, org_id=1, kind="unit", unit_id=chat_id, unit_kind="circle", title="Кружок", head=0,
                             message_count=0, member_count=len(members), created_at=NOW)])
    insert(db, "chat_member", [dict(org_id=1, chat_id=chat_id, person_id=p, role=ROLE_STUDENT, lead=0, joined_at=NOW, read_seq=0,
                                    read_count=0) for p in members])


def main():
    store, what = sys.argv[1], sys.argv[2]
    db = sqlite3.connect(store)
    if what == "fanout":
        n, folder = int(sys.argv[3]), sys.argv[4]
        people(db, n, folder)
        chat(db, 1, range(1, n + 1))
    else:
        folder = sys.argv[3]
        people(db, 600, folder)
        places = []
        for c in range(1, 201):
            members = [((c - 1) * 3 + k * 20) % 600 + 1 for k in range(30)]
            assert len(set(members)) == 30
            chat(db, c, members)
            places += [(p, c) for p in members]
        # neighbours in this list are different chats, so that many chats are written at once
        places = [places[(i * 7919) % len(places)] for i in range(len(places))]
        with open(os.path.join(folder, "places"), "w") as f:
            f.writelines("%d %d\n" % (p - 1, c) for p, c in places)
        with open(os.path.join(folder, "people"), "w") as f:
            f.writelines("%d %d\n" % (p, c) for p, c in places)
    db.commit()


if __name__ == "__main__":
    main()
