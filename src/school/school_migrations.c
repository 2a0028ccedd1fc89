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
	{210, "the card, documents and administrators of an organisation",
		/* enum api_org_state; what was there before had been made by the operator: active. */
		"ALTER TABLE org ADD COLUMN state INTEGER NOT NULL DEFAULT 1;"
		"ALTER TABLE org ADD COLUMN region TEXT NOT NULL DEFAULT '';"
		"ALTER TABLE org ADD COLUMN address TEXT NOT NULL DEFAULT '';"
		"ALTER TABLE org ADD COLUMN inn TEXT NOT NULL DEFAULT '';"
		"ALTER TABLE org ADD COLUMN director TEXT NOT NULL DEFAULT '';"
		"ALTER TABLE org ADD COLUMN email TEXT NOT NULL DEFAULT '';"
		"ALTER TABLE org ADD COLUMN phone TEXT NOT NULL DEFAULT '';"
		"ALTER TABLE org ADD COLUMN site TEXT NOT NULL DEFAULT '';"
		"CREATE TABLE org_edit ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  at BIGINT NOT NULL,"
		"  person_id BIGINT NOT NULL,"
		"  field INTEGER NOT NULL,"              /* enum api_org_card_edit_field */
		"  was TEXT NOT NULL,"
		"  became TEXT NOT NULL);"
		"CREATE INDEX org_edit_of_org ON org_edit (org_id, id);"
		"CREATE TABLE org_document ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  document BIGINT NOT NULL,"            /* id of its first version */
		"  version INTEGER NOT NULL,"
		"  kind INTEGER NOT NULL,"               /* enum api_org_document_kind */
		"  title TEXT NOT NULL,"
		"  number TEXT NOT NULL,"
		"  date TEXT NOT NULL,"
		"  file_id BIGINT NOT NULL,"
		"  person_id BIGINT NOT NULL,"
		"  at BIGINT NOT NULL);"
		"CREATE INDEX org_document_of_org ON org_document (org_id, document, version);"
		/* R118: who is responsible for which step of setting up. */
		"CREATE TABLE org_duty ("
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  step INTEGER NOT NULL,"               /* enum api_guide_step_name */
		"  person_id BIGINT NOT NULL,"
		"  UNIQUE (org_id, step));"
		/* R6: the record of the appointment. */
		"ALTER TABLE admin_appointment ADD COLUMN how INTEGER NOT NULL DEFAULT 0;" /* enum api_appointment_how */
		"ALTER TABLE admin_appointment ADD COLUMN person_id BIGINT;"               /* who took it */
		"ALTER TABLE admin_appointment ADD COLUMN order_number TEXT;"
		"ALTER TABLE admin_appointment ADD COLUMN order_date TEXT;"
		"ALTER TABLE admin_appointment ADD COLUMN file_id BIGINT;"
		"ALTER TABLE admin_appointment ADD COLUMN cancelled_at BIGINT;"
		"CREATE INDEX appointments_of_org ON admin_appointment (org_id, id);"
		"CREATE TABLE admin_handover ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  from_id BIGINT NOT NULL,"
		"  to_id BIGINT NOT NULL,"
		"  order_number TEXT NOT NULL,"
		"  order_date TEXT NOT NULL,"
		"  file_id BIGINT,"
		"  stay_as INTEGER NOT NULL,"            /* enum role */
		"  at BIGINT NOT NULL,"
		"  ended_at BIGINT);"
		"CREATE UNIQUE INDEX handover_once ON admin_handover (org_id) WHERE ended_at IS NULL;"},
	{211, "applications of organisations",
		/* Of the installation: there is no organisation yet. */
		"CREATE TABLE application ("
		"  id INTEGER PRIMARY KEY,"
		"  token_hash BYTEA NOT NULL UNIQUE,"    /* SHA-256 of the applicant's link */
		"  address_hash BYTEA NOT NULL,"
		"  state INTEGER NOT NULL,"              /* enum api_application_state */
		"  created_at BIGINT NOT NULL,"
		"  changed_at BIGINT NOT NULL,"
		"  file_id BIGINT NOT NULL,"
		"  approved_org_id BIGINT,"
		"  type INTEGER NOT NULL,"
		"  name TEXT NOT NULL,"
		"  short_name TEXT NOT NULL,"
		"  region TEXT NOT NULL,"
		"  address TEXT NOT NULL,"
		"  inn TEXT,"
		"  head_name TEXT NOT NULL,"
		"  admin_family_name TEXT NOT NULL,"
		"  admin_given_name TEXT NOT NULL,"
		"  admin_patronymic TEXT,"
		"  admin_email TEXT NOT NULL,"
		"  admin_phone TEXT NOT NULL,"
		"  order_number TEXT NOT NULL,"
		"  order_date TEXT NOT NULL,"
		"  students INTEGER NOT NULL,"
		"  staff INTEGER NOT NULL,"
		"  guardians INTEGER NOT NULL,"
		"  start_date TEXT,"
		"  duty_move TEXT NOT NULL,"
		"  duty_connect TEXT NOT NULL,"
		"  duty_inform TEXT NOT NULL,"
		"  comment TEXT);"
		"CREATE INDEX application_by_state ON application (state, id);"
		"CREATE INDEX application_by_address ON application (address_hash, created_at);"
		"CREATE INDEX application_by_time ON application (created_at);"
		"CREATE INDEX application_by_org ON application (approved_org_id) WHERE approved_org_id IS NOT NULL;"
		"CREATE TABLE application_step ("
		"  id INTEGER PRIMARY KEY,"
		"  application_id BIGINT NOT NULL REFERENCES application (id),"
		"  state INTEGER NOT NULL,"
		"  at BIGINT NOT NULL,"
		"  person_id BIGINT,"                    /* the operator; NULL: the applicant */
		"  reason TEXT);"
		"CREATE INDEX application_steps ON application_step (application_id, id);"},
	{212, "municipal curators",
		"CREATE TABLE curator ("
		"  id INTEGER PRIMARY KEY,"
		"  phone TEXT NOT NULL,"
		"  person_id BIGINT,"                    /* who signed in with it */
		"  given_name TEXT NOT NULL,"
		"  family_name TEXT NOT NULL,"
		"  patronymic TEXT,"
		"  area TEXT NOT NULL,"
		"  created_at BIGINT NOT NULL,"
		"  ended_at BIGINT);"
		"CREATE UNIQUE INDEX curator_by_phone ON curator (phone) WHERE ended_at IS NULL;"
		"CREATE INDEX curator_by_person ON curator (person_id) WHERE ended_at IS NULL;"
		"CREATE TABLE curator_org ("
		"  curator_id BIGINT NOT NULL REFERENCES curator (id),"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  UNIQUE (curator_id, org_id));"},
	/* --- 220-229: structure */
	/* 0: of a guardian, who is there for a bound child's sake and leaves with him. */
	{220, "guardians follow their children", "ALTER TABLE unit_member ADD COLUMN direct INTEGER NOT NULL DEFAULT 1;"},
	{221, "years of classes, the archive, history of leads",
		"ALTER TABLE unit ADD COLUMN level INTEGER NOT NULL DEFAULT 0;"          /* 0: none */
		"ALTER TABLE unit ADD COLUMN letter TEXT NOT NULL DEFAULT '';"
		"ALTER TABLE unit_member ADD COLUMN with_unit INTEGER NOT NULL DEFAULT 0;" /* 1: was there when the unit was archived */
		"CREATE TABLE unit_lead ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  unit_id BIGINT NOT NULL REFERENCES unit (id),"
		"  person_id BIGINT NOT NULL,"
		"  order_no TEXT NOT NULL DEFAULT '',"
		"  order_date BIGINT NOT NULL DEFAULT 0,"
		"  started_at BIGINT NOT NULL,"
		"  ended_at BIGINT);"
		"CREATE UNIQUE INDEX unit_lead_once ON unit_lead (org_id, unit_id, person_id) WHERE ended_at IS NULL;"
		"CREATE INDEX unit_lead_of_unit ON unit_lead (org_id, unit_id, started_at);"
		"INSERT INTO unit_lead (org_id, unit_id, person_id, started_at) SELECT org_id, unit_id, person_id, joined_at FROM unit_member"
		"  WHERE lead = 1 AND ended_at IS NULL;"
		"CREATE INDEX teaching_of_subject ON teaching (org_id, subject_id) WHERE ended_at IS NULL;"
		"CREATE INDEX unit_archive ON unit (org_id, ended_at) WHERE ended_at IS NOT NULL;"},
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
	{231, "short codes, holders and users of links, requests, people expected, settings of coming in",
		"ALTER TABLE member ADD COLUMN came_in INTEGER NOT NULL DEFAULT 1;" /* 0: on the roster only */
		"CREATE INDEX member_expected ON member (org_id, role, name_fold) WHERE came_in = 0 AND ended_at IS NULL;"
		"ALTER TABLE invite ADD COLUMN code TEXT;"
		"ALTER TABLE invite ADD COLUMN note TEXT;"
		"ALTER TABLE invite ADD COLUMN approval INTEGER NOT NULL DEFAULT 0;"
		"ALTER TABLE invite ADD COLUMN child_id BIGINT;"
		"ALTER TABLE invite ADD COLUMN holder_id BIGINT;"
		"CREATE UNIQUE INDEX invite_code ON invite (code) WHERE code IS NOT NULL;"
		"CREATE INDEX invite_of_unit ON invite (org_id, unit_id, id);"
		"CREATE INDEX invite_of_holder ON invite (org_id, holder_id, id) WHERE holder_id IS NOT NULL;"
		"CREATE TABLE invite_use ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  invite_id BIGINT NOT NULL REFERENCES invite (id),"
		"  person_id BIGINT NOT NULL,"
		"  at BIGINT NOT NULL);"
		"CREATE INDEX invite_use_of ON invite_use (org_id, invite_id, id);"
		"CREATE TABLE join_setting ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL UNIQUE REFERENCES org (id),"
		"  student_invites INTEGER NOT NULL,"      /* enum api_student_invites */
		"  requests_open INTEGER NOT NULL,"
		"  published INTEGER NOT NULL,"
		"  contact TEXT NOT NULL);"
		"CREATE TABLE join_request ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  person_id BIGINT NOT NULL,"
		"  invite_id BIGINT REFERENCES invite (id)," /* NULL: of his own accord */
		"  unit_id BIGINT REFERENCES unit (id),"
		"  child_id BIGINT,"
		"  role INTEGER NOT NULL,"
		"  lead INTEGER NOT NULL,"
		"  created_at BIGINT NOT NULL,"
		"  decided_at BIGINT,"
		"  decider_id BIGINT,"
		"  accepted INTEGER,"
		"  reason TEXT);"
		"CREATE UNIQUE INDEX join_request_once ON join_request (org_id, person_id) WHERE decided_at IS NULL;"
		"CREATE INDEX join_request_of_org ON join_request (org_id, id);"
		"CREATE INDEX join_request_of_person ON join_request (person_id, org_id, id);"
		"CREATE TABLE name_flag ("                   /* his name was not among those expected (R39) */
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  person_id BIGINT NOT NULL,"
		"  unit_id BIGINT NOT NULL REFERENCES unit (id),"
		"  role INTEGER NOT NULL,"
		"  at BIGINT NOT NULL,"
		"  ended_at BIGINT);"
		"CREATE UNIQUE INDEX name_flag_once ON name_flag (org_id, person_id) WHERE ended_at IS NULL;"},
	{232, "cards of pupils",
		"CREATE TABLE card ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  person_id BIGINT NOT NULL,"
		"  token_hash BYTEA NOT NULL UNIQUE,"  /* SHA-256 */
		"  code_hash BYTEA NOT NULL UNIQUE,"   /* keyed with the installation's secret */
		"  issued_at BIGINT NOT NULL,"
		"  issuer_id BIGINT NOT NULL,"
		"  last_used_at BIGINT,"
		"  ended_at BIGINT);"
		"CREATE UNIQUE INDEX card_once ON card (org_id, person_id) WHERE ended_at IS NULL;"
		"CREATE TABLE card_session ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  card_id BIGINT NOT NULL REFERENCES card (id),"
		"  session_id BIGINT NOT NULL,"
		"  at BIGINT NOT NULL);"
		"CREATE INDEX card_session_of ON card_session (org_id, card_id, at);"},
	{233, "requests for another name",
		"CREATE TABLE name_change ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  person_id BIGINT NOT NULL,"
		"  given_name TEXT NOT NULL, family_name TEXT NOT NULL, patronymic TEXT," /* asked for; blank once the account is gone */
		"  reason TEXT,"
		"  created_at BIGINT NOT NULL,"
		"  ended_at BIGINT,"                    /* decided, or another one was made, or he left */
		"  decider_id BIGINT,"
		"  accepted INTEGER,"                   /* null: nobody decided it */
		"  answer TEXT);"
		"CREATE UNIQUE INDEX name_change_open ON name_change (org_id, person_id) WHERE ended_at IS NULL;"
		"CREATE INDEX name_change_of_person ON name_change (person_id, org_id, id);"},
	{240, "movement of people and units, and how it is taken back",
		"CREATE TABLE movement_batch ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  kind INTEGER NOT NULL,"               /* enum api_movement_kind */
		"  actor_id BIGINT NOT NULL,"
		"  at BIGINT NOT NULL,"
		"  undone_at BIGINT,"
		"  undone_by BIGINT);"
		/* The journal, in the names of that day. */
		"CREATE TABLE movement ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  batch_id BIGINT NOT NULL REFERENCES movement_batch (id),"
		"  kind INTEGER NOT NULL,"
		"  person_id BIGINT NOT NULL,"           /* 0: of a unit alone */
		"  from_unit_id BIGINT NOT NULL,"
		"  to_unit_id BIGINT NOT NULL,"
		"  from_name TEXT, to_name TEXT, order_no TEXT, order_date TEXT, reason TEXT);"
		"CREATE INDEX movement_of_org ON movement (org_id, id);"
		"CREATE INDEX movement_of_person ON movement (org_id, person_id, id);"
		"CREATE TABLE movement_step ("
		"  org_id BIGINT NOT NULL,"
		"  batch_id BIGINT NOT NULL REFERENCES movement_batch (id),"
		"  seq BIGINT NOT NULL,"
		"  what INTEGER NOT NULL,"               /* enum step_what */
		"  person_id BIGINT NOT NULL, unit_id BIGINT NOT NULL, other_id BIGINT NOT NULL, flag INTEGER NOT NULL,"
		"  name TEXT, old_name TEXT);"
		"CREATE UNIQUE INDEX movement_step_key ON movement_step (batch_id, seq);"},
	/* --- 250-259: import and export of the roster */
	{250, "imports of the roster, paths of exports",
		"CREATE TABLE roster_import ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  person_id BIGINT NOT NULL,"
		"  file_id BIGINT NOT NULL,"
		"  file_name TEXT NOT NULL,"
		"  state INTEGER NOT NULL,"              /* enum api_roster_import_state */
		"  created_at BIGINT NOT NULL,"
		"  changed_at BIGINT NOT NULL,"
		"  leave_absent INTEGER NOT NULL DEFAULT 0,"
		"  done BIGINT NOT NULL DEFAULT 0,"
		"  total BIGINT NOT NULL DEFAULT 0,"
		"  file_problem INTEGER,"                /* enum api_roster_file_problem */
		"  file_line BIGINT,"
		"  counts TEXT,"                         /* numbers of struct api_roster_counts in its order */
		"  tables BYTEA);"                       /* base/sheets.h; until it ends */
		"CREATE INDEX roster_import_of_org ON roster_import (org_id, id);"
		"CREATE INDEX roster_import_waits ON roster_import (id) WHERE state IN (0, 3);"
		"CREATE TABLE roster_import_problem ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  import_id BIGINT NOT NULL REFERENCES roster_import (id),"
		"  severity INTEGER NOT NULL,"
		"  problem INTEGER NOT NULL,"            /* enum api_roster_problem_key */
		"  sheet_no INTEGER NOT NULL,"
		"  sheet TEXT NOT NULL,"
		"  line BIGINT NOT NULL,"
		"  cell BIGINT NOT NULL,"
		"  column_name TEXT NOT NULL,"
		"  value TEXT NOT NULL,"
		"  other_line BIGINT NOT NULL,"
		"  name TEXT NOT NULL,"
		"  was TEXT NOT NULL,"
		"  became TEXT NOT NULL,"
		"  same INTEGER);"
		"CREATE INDEX roster_import_problem_of ON roster_import_problem (org_id, import_id, id);"
		"CREATE TABLE roster_import_change ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  import_id BIGINT NOT NULL REFERENCES roster_import (id),"
		"  kind INTEGER NOT NULL,"
		"  name TEXT NOT NULL,"
		"  role INTEGER NOT NULL,"               /* enum role; -1: none */
		"  sheet TEXT NOT NULL,"
		"  line BIGINT NOT NULL,"
		"  was TEXT NOT NULL,"
		"  became TEXT NOT NULL);"
		"CREATE INDEX roster_import_change_of ON roster_import_change (org_id, import_id, id);"
		"CREATE TABLE roster_export ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  person_id BIGINT NOT NULL,"
		"  token_hash BYTEA NOT NULL UNIQUE,"    /* SHA-256 */
		"  format INTEGER NOT NULL,"
		"  expires_at BIGINT NOT NULL);"
		"CREATE INDEX roster_export_of_org ON roster_export (org_id, expires_at);"},
	/* In the order that is asked for: otherwise unit_member_once is taken for its order, and the whole organisation is read for one person. */
	{251, "where somebody is, and people of a role, by an index",
		"DROP INDEX unit_member_of_person;"
		"CREATE INDEX unit_member_of_person ON unit_member (org_id, person_id, unit_id) WHERE ended_at IS NULL;"
		"CREATE INDEX member_by_role ON member (org_id, role, person_id) WHERE ended_at IS NULL;"},
	/* The lead lets subject teachers send the unit's links again (R61). */
	{252, "links by subject teachers", "ALTER TABLE unit ADD COLUMN teachers_send INTEGER NOT NULL DEFAULT 0;"},
	/* The file of the logo (R8); NULL: none, the sign is drawn of letters. */
	{253, "logo", "ALTER TABLE org ADD COLUMN logo_id BIGINT;"},
	{254, "curators of an organisation, by an index", "CREATE INDEX curator_of_org ON curator_org (org_id);"},
	{255, "violations of the rules of conduct",
		"CREATE TABLE violation ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL REFERENCES org (id),"
		"  unit_id BIGINT NOT NULL REFERENCES unit (id)," /* where it was recorded: its lead may see and withdraw it */
		"  person_id BIGINT NOT NULL,"
		"  by_id BIGINT NOT NULL,"
		"  at BIGINT NOT NULL,"
		"  reason TEXT NOT NULL,"
		"  chat_id BIGINT,"                     /* the message, if one was named */
		"  seq BIGINT,"
		"  signed_at BIGINT,"                   /* when he signed the rules anew, and which version */
		"  signed_version BIGINT,"
		"  withdrawn_at BIGINT,"
		"  withdrawn_by BIGINT,"
		"  withdrawn_reason TEXT);"
		"CREATE INDEX violation_of_unit ON violation (org_id, unit_id, id);"
		"CREATE INDEX violation_open ON violation (person_id, org_id) WHERE signed_at IS NULL AND withdrawn_at IS NULL;"},
	/* --- 260-269 */
	{260, "an import's batch in the journal of movements", "ALTER TABLE roster_import ADD COLUMN movement_batch_id BIGINT;"}, /* null: it moved nobody yet */
};
const size_t school_migration_count = sizeof school_migrations / sizeof *school_migrations;
