/* SPDX-License-Identifier: Apache-2.0
 *
 * The one rule of chats that follow the roster: in which of them a place in an organisation puts somebody, and why. Pure.
 */
#ifndef CHAT_CHAT_PRESETS_H
#define CHAT_CHAT_PRESETS_H

#include "school/school.h"

/* What a preset chat is for. Two presets are the same chat when all of it is equal; 0 where it does not apply. */
struct chat_preset { enum api_chat_kind kind; int64_t unit, subject, set; };
/* In the store: "unit/12", "parents/12", "subject/12/5", "set/3", "administration". The staff unit's own chat is "unit/<its id>" too. */
#define CHAT_PRESET_TEXT 64
struct str chat_preset_text(const struct chat_preset *p, char out[CHAT_PRESET_TEXT]);

/* A place, and what of its surroundings decides too. */
struct chat_scene {
	const struct school_place *place;
	bool guardians_in_class;              /* the organisation's setting: parents are in the class chat too */
	const struct school_teaching *taught; /* of a student: what his units are taught */
	size_t taught_n;
	const struct set_id *sets;            /* of an administrator and a head: the organisation's sets */
	size_t set_n;
};
struct chat_wanted { struct chat_preset preset; enum api_chat_why why; bool lead; };
/* Each chat once, with the first reason. Writes at most chat_presets_max(s) to out. */
size_t chat_presets_max(const struct chat_scene *s);
size_t chat_presets_of(const struct chat_scene *s, struct chat_wanted *out);

static inline bool chat_preset_eq(const struct chat_preset *a, const struct chat_preset *b)
{
	return a->kind == b->kind && a->unit == b->unit && a->subject == b->subject && a->set == b->set;
}
/* Who writes in a channel without being appointed to it. */
static inline bool chat_writes_channels(enum role role)
{
	return school_follows_org(role);
}

#endif
