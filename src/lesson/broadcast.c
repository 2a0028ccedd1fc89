/* SPDX-License-Identifier: Apache-2.0
 *
 * Programs in a call: the commands on their keys (api/broadcast.yaml), and their offers. Whoever has a key comes as a participant without an
 * account, by the key's name. On a worker's thread.
 */
#include "lesson/broadcast.h"
#include "school/title.h"

/* --- keys */

enum err call_key_create(struct tx *tx, const struct api_call_key_create *in, struct api_call_key_made *out)
{
	struct call_row c;
	struct call_key k = {.org_id = tx_org(tx).v, .call_id = in->call_id, .kind = in->kind, .maker_id = tx->actor.person.v, .created_at = tx->now_ms}, *list;
	size_t n;
	enum err e = call_running(tx, in->call_id, &c);
	if (!e)
		e = title_clean(tx, in->name, "name", &k.name);
	if (!e)
		e = key_sql_of_call(tx, k.org_id, k.call_id, &list, &n);
	if (!e && n >= BROADCAST_KEYS_MAX)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.call_keys_many");
	if (e)
		return e;
	struct secret s = secret_new();
	char *path = arena_printf(tx->arena, "/api/v1/%s/%lld", k.kind == API_CALL_KEY_KIND_WATCH ? "whep" : "whip", (long long)k.call_id);
	out->key = arena_str(tx->arena, str_of(s.text));
	out->path = str_of(path);
	return path && out->key.p ? key_sql_insert(tx, &k, &s, &out->id) : ERR_NOMEM;
}

enum err call_keys(struct tx *tx, const struct api_call_ref *in, struct api_call_keys *out)
{
	struct call_key *list;
	size_t n;
	enum err e = key_sql_of_call(tx, tx_org(tx).v, in->call_id, &list, &n);
	if (e)
		return e;
	out->keys.items = arena_array(tx->arena, n + 1, sizeof *out->keys.items);
	if (!out->keys.items)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < n; i++) {
		struct participant p = {0};
		bool is = false;
		if (list[i].participant_id)
			e = call_sql_person(tx, list[i].org_id, in->call_id, list[i].participant_id, &p, &is);
		out->keys.items[out->keys.n++] = (struct api_call_key){.id = list[i].id, .kind = list[i].kind, .name = list[i].name, .maker_id = list[i].maker_id,
			.created_at = list[i].created_at, .has_used_at = list[i].used_at != 0, .used_at = list[i].used_at, .connected = is && p.connected};
	}
	return e;
}

static enum err put_out(struct tx *tx, struct call_row *c, const struct call_key *k)
{
	struct participant p;
	bool is = false;
	enum err e = k->participant_id ? call_sql_person(tx, k->org_id, k->call_id, k->participant_id, &p, &is) : ERR_OK;
	return e || !is || p.state != API_CALL_STATE_IN || c->ended_at ? e : call_person_out(tx, c, &p, API_CALL_STATE_LEFT);
}

enum err call_key_revoke(struct tx *tx, const struct api_call_key_revoke *in, struct api_empty *out)
{
	(void)out;
	struct call_row c;
	struct call_key k;
	bool found, is;
	enum err e = call_sql_get(tx, tx_org(tx).v, in->call_id, &c, &is);
	if (!e)
		e = key_sql_get(tx, tx_org(tx).v, in->call_id, in->key_id, &k, &found);
	if (!e && !(found && is))
		e = tx_refuse(tx, API_NOT_FOUND, "key_id", NULL);
	if (!e)
		e = key_sql_delete(tx, &k);
	return e ? e : put_out(tx, &c, &k);
}

/* --- offers */

/* A key counts at its own call and for what it was made only. */
static enum err find_key(struct tx *tx, int64_t call_id, struct str text, bool watch, struct call_key *k, bool *found_out)
{
	struct secret s = secret_of(text);
	enum err e = key_sql_find(tx, &s, k, found_out);
	*found_out = !e && *found_out && k->call_id == call_id && (k->kind == API_CALL_KEY_KIND_WATCH) == watch;
	return e;
}

/* His place in the call, new or as it was. */
static enum err come_in(struct tx *tx, struct call_row *c, struct call_key *k, struct participant *p, int *status_out)
{
	bool is = false;
	int64_t in;
	enum err e = k->participant_id ? call_sql_person(tx, k->org_id, k->call_id, k->participant_id, p, &is) : ERR_OK;
	if (!e)
		e = call_sql_count(tx, c->org_id, c->id, API_CALL_STATE_IN, &in);
	if (e)
		return e;
	if (!is) {
		bool sends = k->kind == API_CALL_KEY_KIND_PUBLISH;
		*p = (struct participant){.org_id = c->org_id, .call_id = c->id, .guest_name = k->name, .role = API_CALL_ROLE_GUEST, .member_role = ROLE_NONE,
			.state = API_CALL_STATE_LEFT, .rights = {sends, sends, false}, .joined_at = tx->now_ms};
	}
	*status_out = p->state == API_CALL_STATE_REMOVED ? 403 : p->state != API_CALL_STATE_IN && in >= LESSON_IN_MAX ? 503 : 201;
	if (*status_out != 201)
		return ERR_OK;
	p->state = API_CALL_STATE_IN;
	p->came = true;
	p->away_at = p->connected ? p->away_at : tx->now_ms;
	e = is ? ERR_OK : call_sql_person_insert(tx, p, &p->id);
	k->participant_id = p->id;
	if (!e)
		e = call_person_set(tx, p, false);
	if (e || !c->empty_at)
		return e;
	c->empty_at = 0;
	return call_sql_put(tx, c);
}

enum err program_offer(struct tx *tx, const struct program_offer *o, struct secret *place_out, int *status_out)
{
	struct call_key k;
	struct call_row c;
	struct participant p;
	bool found;
	enum err e = find_key(tx, o->call_id, o->key, o->watch, &k, &found);
	*status_out = 401;
	if (e || !found)
		return e;
	*status_out = 404;
	e = call_sql_get(tx, k.org_id, k.call_id, &c, &found);
	if (e || !found || c.ended_at)
		return e;
	e = come_in(tx, &c, &k, &p, status_out);
	if (e || *status_out != 201)
		return e;
	*place_out = secret_new();
	e = key_sql_use(tx, &k, place_out);
	if (!e)
		call_media_offer(tx, &p, o->session, o->watch, o->sdp);
	return e;
}

enum err program_end(struct tx *tx, int64_t call_id, struct str key, bool watch, struct str place, int *status_out)
{
	struct secret s = secret_of(place);
	struct call_key k;
	struct call_row c;
	bool found;
	enum err e = find_key(tx, call_id, key, watch, &k, &found);
	*status_out = 401;
	if (e || !found)
		return e;
	*status_out = 404;
	e = key_sql_has_place(tx, &k, &s, &found);
	if (!e && found)
		e = call_sql_get(tx, k.org_id, k.call_id, &c, &found);
	if (e || !found)
		return e;
	*status_out = 200;
	return put_out(tx, &c, &k);
}
