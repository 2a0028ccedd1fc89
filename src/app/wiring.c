/* SPDX-License-Identifier: Apache-2.0 */
#include "app/wiring.h"

#include "account/account.h"
#include "api.gen.h"
#include "base/mem.h"
#include "chat/chat.h"
#include "file/file.h"
#include "lesson/lesson.h"
#include "policy/audit.h"
#include "policy/policy.h"
#include "school/school.h"
#include "server/messages.h"
#include "server/server_migrations.h"
#include "support/support.h"

/* policy's words and the wire's are two spellings of one list */
_Static_assert((int)ROLE_ADMIN == (int)API_ROLE_ADMIN && (int)ROLE_COADMIN == (int)API_ROLE_COADMIN && (int)ROLE_HEAD == (int)API_ROLE_HEAD &&
	(int)ROLE_TEACHER == (int)API_ROLE_TEACHER && (int)ROLE_STUDENT == (int)API_ROLE_STUDENT && (int)ROLE_GUARDIAN == (int)API_ROLE_GUARDIAN,
	"enum role and Role of api/school.yaml");

void wiring_register(void)
{
	stream_register(STREAM_CHAT, &chat_stream_ops);
	stream_register(STREAM_PERSON, &account_person_stream);
	stream_register(STREAM_ORG, &school_org_stream);
	stream_register(STREAM_CALL, &lesson_call_stream);
	stream_set_lister(lesson_list_streams);
	policy_register(TARGET_ORG, school_relation_org);
	policy_register(TARGET_UNIT, school_relation_unit);
	policy_register(TARGET_INVITE, school_relation_invite);
	policy_register(TARGET_FILE, file_relation);
	policy_register(TARGET_CHAT, chat_relation);
	policy_register(TARGET_STREAM, lesson_stream_relation);
	policy_register(TARGET_CALL, lesson_relation_call);
	account_set_newcomer_hook(school_newcomer);
	account_set_came_in_hook(school_came_in);
	policy_set_confirmed(school_confirmed);
	account_set_hooks(&(struct account_hooks){.places = school_places, .may_leave = school_may_leave_all, .leave = school_leave_all, .rules_signed = school_rules_signed,
		.members = school_member_ids, .children = school_all_children,
		.session_ended = lesson_session_ended});
	chat_set_hooks(&lesson_chat_hooks);
	school_set_hooks(&chat_school_hooks);
	file_ports_set(&file_port_functions);
	file_rights_register(FILE_HELD_BY_APPLICATION, file_seen_by_operator);
	file_rights_register(FILE_HELD_BY_ORG, file_seen_by_administration);
	file_rights_register(FILE_HELD_BY_RECORDING, lesson_recording_seen);
	file_rights_register(FILE_HELD_BY_CONTENT, lesson_content_seen);
	file_rights_register(FILE_HELD_BY_LOGO, file_seen_by_administration); /* by its address it is seen by everybody: file_http.h */
}

struct migration *wiring_migrations(size_t *count_out)
{
	const struct { const struct migration *list; size_t count; } rooms[] = {
		{server_migrations, server_migration_count},
		{policy_migrations, policy_migration_count},
		{account_migrations, account_migration_count},
		{school_migrations, school_migration_count},
		{chat_migrations, chat_migration_count},
		{file_migrations, file_migration_count},
		{lesson_migrations, lesson_migration_count},
		{support_migrations, support_migration_count},
	};
	size_t total = 0, at = 0;
	for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++)
		total += rooms[i].count;
	struct migration *all = mem_alloc(total * sizeof *all);
	for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++)
		for (size_t k = 0; k < rooms[i].count; k++)
			all[at++] = rooms[i].list[k];
	*count_out = total;
	return all;
}

void wiring_dispatcher(struct dispatcher_config *config)
{
	config->table = api_commands;
	config->count = api_command_count;
	config->session_find = account_session_find;
	config->session_alive = account_session_alive;
	config->check = policy_check;
	config->message = message_text;
}
