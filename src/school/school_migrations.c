/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of the school room. Every row has org_id; memberships that ended stay as history (authors of old messages, movements).
 */
#include "school/school.h"

const struct migration school_migrations[] = {
	{200, "organisations, units, members, invitations",
		"CREATE TABLE org ("
		"  id INTEGER PRIMARY KEY,"
		"  name TEXT NOT NULL,"
		"  short_name TEXT NOT NULL,"
		"  type INTEGER NOT NULL,"               /* enum api_org_type */
		"  staff_unit_id BIGINT,"                /* set in the transaction that makes the organisation */
		"  head BIGINT NOT NULL DEFAULT 0,"      /* of the organisation's stream */
		"  created_at BIGINT NOT NULL);"
		"CREATE TABLE unit ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  kind INTEGER NOT NULL,"               /* enum api_unit_kind */
		"  name TEXT NOT NULL,"
		"  name_fold TEXT NOT NULL,"
		"  chat_id BIGINT,"                      /* set in the transaction that makes the unit */
		"  created_at BIGINT NOT NULL,"
		"  ended_at BIGINT);"
		"CREATE UNIQUE INDEX unit_name ON unit (org_id, kind, name_fold) WHERE ended_at IS NULL;"
		"CREATE TABLE member ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  person_id BIGINT NOT NULL,"
		"  role INTEGER NOT NULL,"               /* enum role */
		"  name_fold TEXT NOT NULL,"             /* family name, space, given name; folded */
		"  given_fold TEXT NOT NULL,"
		"  joined_at BIGINT NOT NULL,"
		"  ended_at BIGINT);"
		"CREATE UNIQUE INDEX member_once ON member (org_id, person_id) WHERE ended_at IS NULL;"
		"CREATE INDEX member_by_name ON member (org_id, name_fold, person_id) WHERE ended_at IS NULL;"
		"CREATE INDEX member_of_person ON member (person_id, org_id, id);"
		"CREATE TABLE unit_member ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  unit_id BIGINT NOT NULL REFERENCES unit (id),"
		"  person_id BIGINT NOT NULL,"
		"  lead INTEGER NOT NULL,"
		"  only_one INTEGER NOT NULL,"           /* a student in a class or group */
		"  joined_at BIGINT NOT NULL,"
		"  ended_at BIGINT);"
		"CREATE UNIQUE INDEX unit_member_once ON unit_member (org_id, unit_id, person_id) WHERE ended_at IS NULL;"
		/* R19, whatever the code above it does. */
		"CREATE UNIQUE INDEX unit_member_one_class ON unit_member (org_id, person_id) WHERE only_one = 1 AND ended_at IS NULL;"
		"CREATE INDEX unit_member_of_person ON unit_member (org_id, person_id) WHERE ended_at IS NULL;"
		"CREATE TABLE invite ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  token TEXT NOT NULL UNIQUE,"
		"  unit_id BIGINT REFERENCES unit (id),"
		"  role INTEGER NOT NULL,"
		"  lead INTEGER NOT NULL,"
		"  uses INTEGER NOT NULL DEFAULT 0,"
		"  max_uses INTEGER NOT NULL,"
		"  maker_id BIGINT NOT NULL,"
		"  created_at BIGINT NOT NULL,"
		"  expires_at BIGINT NOT NULL,"
		"  annulled_at BIGINT);"
		"CREATE INDEX invite_of_org ON invite (org_id, id);"
		/* Whoever signs in with this number becomes the organisation's administrator (R5). */
		"CREATE TABLE admin_appointment ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  phone TEXT NOT NULL,"
		"  given_name TEXT,"
		"  family_name TEXT,"
		"  patronymic TEXT,"
		"  created_at BIGINT NOT NULL,"
		"  taken_at BIGINT);"
		"CREATE INDEX appointment_by_phone ON admin_appointment (phone) WHERE taken_at IS NULL;"
		"CREATE INDEX appointment_of_org ON admin_appointment (org_id) WHERE taken_at IS NULL;"},
	{201, "confirmed staff, guardians, subjects, named sets",
		/* enum api_verification. Who was staff before had been let in by an administrator; now he confirms them (R36). */
		"ALTER TABLE member ADD COLUMN verification INTEGER NOT NULL DEFAULT 0;"
		"ALTER TABLE member ADD COLUMN external_id TEXT;"  /* of the school's own system; finds the same person at the next import */
		"UPDATE member SET verification = CASE WHEN role = 0 THEN 3 WHEN role <= 3 THEN 1 ELSE 0 END;"
		"CREATE UNIQUE INDEX member_external ON member (org_id, external_id) WHERE external_id IS NOT NULL AND ended_at IS NULL;"
		"CREATE TABLE guardianship ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  guardian_id BIGINT NOT NULL,"
		"  child_id BIGINT NOT NULL,"
		"  created_at BIGINT NOT NULL,"
		"  ended_at BIGINT);"
		"CREATE UNIQUE INDEX guardianship_once ON guardianship (org_id, guardian_id, child_id) WHERE ended_at IS NULL;"
		"CREATE INDEX guardianship_of_child ON guardianship (org_id, child_id) WHERE ended_at IS NULL;"
		"CREATE TABLE subject ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  name TEXT NOT NULL,"
		"  name_fold TEXT NOT NULL,"
		"  extracurricular INTEGER NOT NULL DEFAULT 0,"
		"  created_at BIGINT NOT NULL,"
		"  ended_at BIGINT);"
		"CREATE UNIQUE INDEX subject_name ON subject (org_id, name_fold) WHERE ended_at IS NULL;"
		/* R18: who teaches what to whom. */
		"CREATE TABLE teaching ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  unit_id BIGINT NOT NULL REFERENCES unit (id),"
		"  subject_id BIGINT NOT NULL REFERENCES subject (id),"
		"  teacher_id BIGINT NOT NULL,"
		"  created_at BIGINT NOT NULL,"
		"  ended_at BIGINT);"
		"CREATE UNIQUE INDEX teaching_once ON teaching (org_id, unit_id, subject_id, teacher_id) WHERE ended_at IS NULL;"
		"CREATE INDEX teaching_of_person ON teaching (org_id, teacher_id) WHERE ended_at IS NULL;"
		/* R24: the parents' and the pupils' activists, and whatever else an organisation names. */
		"CREATE TABLE member_set ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  kind INTEGER NOT NULL,"
		"  name TEXT NOT NULL,"
		"  name_fold TEXT NOT NULL,"
		"  created_at BIGINT NOT NULL,"
		"  ended_at BIGINT);"
		"CREATE UNIQUE INDEX member_set_name ON member_set (org_id, name_fold) WHERE ended_at IS NULL;"
		"CREATE TABLE member_set_person ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  set_id BIGINT NOT NULL REFERENCES member_set (id),"
		"  person_id BIGINT NOT NULL,"
		"  joined_at BIGINT NOT NULL,"
		"  ended_at BIGINT);"
		"CREATE UNIQUE INDEX member_set_person_once ON member_set_person (org_id, set_id, person_id) WHERE ended_at IS NULL;"
		"CREATE INDEX member_set_of_person ON member_set_person (org_id, person_id) WHERE ended_at IS NULL;"},
	/* --- 220-229: structure */
	/* 0: of a guardian, who is there for a bound child's sake and leaves with him. */
	{220, "guardians follow their children", "ALTER TABLE unit_member ADD COLUMN direct INTEGER NOT NULL DEFAULT 1;"},
	{230, "who confirmed staff, and what it says of itself",
		"ALTER TABLE member ADD COLUMN verified_by BIGINT;"      /* NULL: nobody; an administrator was appointed */
		"ALTER TABLE member ADD COLUMN verified_at BIGINT;"
		"ALTER TABLE member ADD COLUMN verification_reason TEXT;"
		"CREATE TABLE verification_claim ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  person_id BIGINT NOT NULL,"
		"  position TEXT NOT NULL,"
		"  subjects TEXT,"
		"  comment TEXT,"
		"  submitted_at BIGINT NOT NULL,"
		"  ended_at BIGINT);"                                     /* replaced by a later one, or the membership ended */
		"CREATE UNIQUE INDEX verification_claim_once ON verification_claim (org_id, person_id) WHERE ended_at IS NULL;"
		"CREATE INDEX member_waiting ON member (org_id, person_id) WHERE ended_at IS NULL AND verification IN (1, 2);"},
};
const size_t school_migration_count = sizeof school_migrations / sizeof *school_migrations;
