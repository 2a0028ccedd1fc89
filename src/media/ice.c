/* SPDX-License-Identifier: Apache-2.0
 *
 * See ice.h.
 */
#include "media/ice.h"

#include "base/clock.h"

static void random_text(char *out, size_t n)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	for (size_t i = 0; i < n; i++)
		out[i] = letters[random_below(sizeof letters - 1)];
	out[n] = 0;
}

static void new_credentials(struct ice_credentials *c, char letter)
{
	random_text(c->ufrag, ICE_UFRAG_N);
	c->ufrag[0] = letter;
	random_text(c->password, ICE_PASSWORD_N);
}

void ice_init(struct ice *i, char letter)
{
	*i = (struct ice){.selected = -1};
	new_credentials(&i->now, letter);
}

void ice_restart(struct ice *i, char letter)
{
	i->old = i->now;
	new_credentials(&i->now, letter);
}

static int find(const struct ice *i, const struct tuple *t)
{
	for (unsigned k = 0; k < i->count; k++)
		if (tuple_eq(&i->paths[k].tuple, t))
			return (int)k;
	return -1;
}

static int64_t heard_us(const struct ice_path *p) { return p->checked_us > p->media_us ? p->checked_us : p->media_us; }

static void select_path(struct ice *i, int path, int64_t now_us)
{
	if (i->selected == path)
		return;
	if (i->selected >= 0) {
		i->changes++;
		i->breaks += i->restarted || now_us - heard_us(&i->paths[i->selected]) > ICE_BROKEN_US;
	}
	i->restarted = false;
	i->selected = path;
}

/* The one that was checked longest ago, but not the selected one. */
static int least_recent(const struct ice *i)
{
	int found = -1;
	for (int k = 0; k < (int)i->count; k++)
		if (k != i->selected && (found < 0 || i->paths[k].checked_us < i->paths[found].checked_us))
			found = k;
	return found;
}

static int add(struct ice *i, const struct tuple *t, struct ice_change *change)
{
	int at = (int)i->count;
	if (i->count == ICE_TUPLES_MAX) {
		at = least_recent(i);
		change->removed = true;
		change->gone = i->paths[at].tuple;
	} else {
		i->count++;
	}
	change->added = true;
	i->paths[at] = (struct ice_path){.tuple = *t};
	return at;
}

/* RFC 8445 7.3.1.5 and the renomination of draft-thatcher-ice-renomination: a higher number wins, a plain USE-CANDIDATE does too. */
static bool nominates(const struct ice *i, const struct stun *m)
{
	if (m->has_nomination)
		return !i->nominated || m->nomination > i->nomination;
	return m->use_candidate;
}

enum ice_verdict ice_check(struct ice *i, const struct stun *m, const uint8_t *p, size_t n, const struct tuple *from, int64_t now_us,
	struct ice_change *change, struct str *password_out)
{
	*change = (struct ice_change){0};
	bool is_new = str_eq(m->ours, str_of(i->now.ufrag));
	bool is_old = !is_new && i->old.ufrag[0] && str_eq(m->ours, str_of(i->old.ufrag));
	if (!is_new && !is_old)
		return ICE_WRONG;
	struct str password = str_of(is_new ? i->now.password : i->old.password);
	if (!stun_verify(m, p, n, password))
		return ICE_WRONG;
	if (is_new && i->old.ufrag[0]) {
		change->old_ended = true;
		change->ended = i->old;
		i->old = (struct ice_credentials){0};
		i->restarted = true;
		i->nominated = false; /* numbers begin anew */
		i->nomination = 0;
	}
	i->checked_us = now_us;
	int path = find(i, from);
	if (path < 0)
		path = add(i, from, change);
	i->paths[path].checked_us = now_us;
	if (nominates(i, m)) {
		i->nominated = true;
		i->nomination = m->has_nomination ? m->nomination : i->nomination;
		i->paths[path].media_us = now_us; /* it has ICE_MEDIA_SWITCH_US to bring some */
		select_path(i, path, now_us);
	} else if (i->selected < 0 || (i->restarted && now_us - heard_us(&i->paths[i->selected]) > ICE_DOUBT_US)) {
		select_path(i, path, now_us);
	}
	*password_out = password;
	return ICE_VALID;
}

bool ice_media(struct ice *i, const struct tuple *from, int64_t now_us)
{
	/* nearly always: the selected one */
	if (i->selected >= 0 && tuple_eq(&i->paths[i->selected].tuple, from)) {
		i->paths[i->selected].media_us = now_us;
		return true;
	}
	int path = find(i, from);
	if (path < 0)
		return false;
	i->paths[path].media_us = now_us;
	if (i->selected < 0 || now_us - i->paths[i->selected].media_us > ICE_MEDIA_SWITCH_US)
		select_path(i, path, now_us);
	return true;
}

void ice_forget(struct ice *i, const struct tuple *t)
{
	int path = find(i, t);
	if (path < 0)
		return;
	int last = (int)--i->count;
	i->paths[path] = i->paths[last];
	if (i->selected == last && last != path) {
		i->selected = path;
		return;
	}
	if (i->selected != path)
		return;
	/* the most recent of the others, until the browser says more */
	i->selected = -1;
	for (int k = 0; k < last; k++)
		if (i->selected < 0 || i->paths[k].checked_us > i->paths[i->selected].checked_us)
			i->selected = k;
	i->changes += i->selected >= 0;
	i->breaks += i->selected >= 0;
}

const struct tuple *ice_selected(const struct ice *i) { return i->selected < 0 ? NULL : &i->paths[i->selected].tuple; }
