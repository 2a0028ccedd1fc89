/* SPDX-License-Identifier: Apache-2.0
 *
 * A client's copy of the state: snapshots, events on top of them, and asking for what is missing. Which chats there are follows from
 * the person's own stream, what is in a chat from the chat's.
 */
#include "world.h"
#include <stdio.h>

int64_t number_of(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);
	MUST(json_is_integer(v), "no number %s", key);
	return json_integer_value(v);
}

static const char *text_of(const json_t *o, const char *key)
{
	const char *v = json_string_value(json_object_get(o, key));
	MUST(v, "no text %s", key);
	return v;
}

static struct stream_id stream_in(const json_t *o)
{
	struct stream_id s;
	MUST(stream_parse(str_of(text_of(o, "stream")), &s), "no stream");
	return s;
}

struct feed *feed_of(struct client *c, struct stream_id s, bool make)
{
	for (size_t i = 0; i < c->feeds.n; i++)
		if (c->feeds.p[i]->id.v == s.v)
			return c->feeds.p[i];
	if (!make)
		return NULL;
	struct feed *f = mem_alloc(sizeof *f);
	f->id = s;
	VEC_PUSH(&c->feeds, f);
	return f;
}

static struct feed *own_feed(struct client *c)
{
	return feed_of(c, person_stream((struct person_id){c->world->server.school->person[c->person]}), true);
}

static bool is_chat(const struct feed *f) { return stream_kind_of(f->id) == STREAM_CHAT; }

static void drop_early(struct feed *f)
{
	for (size_t i = 0; i < f->early.n; i++)
		json_decref(f->early.p[i]);
	VEC_CLEAR(&f->early);
}

static void drop_messages(struct feed *f)
{
	for (size_t i = 0; i < f->messages.n; i++)
		json_decref(f->messages.p[i]);
	VEC_CLEAR(&f->messages);
}

/* --- asking */

static void ask_me(struct client *c)
{
	if (c->me_asked)
		return;
	c->me_asked = true;
	client_say(c, "me_snapshot", "{}", (struct pending){.ask = ASK_ME});
}

static void ask_since(struct client *c, struct feed *f)
{
	char params[100], text[24];
	struct str s = stream_text(f->id, text);
	if (f->fetching || !f->followed || !f->have || f->head >= f->known || c->state < CLIENT_WELCOME)
		return;
	f->fetching = true;
	snprintf(params, sizeof params, "{\"stream\":\"%.*s\",\"after\":%lld,\"limit\":%d}", (int)s.n, s.p, (long long)f->head, 1 + (int)sim_random(200));
	client_say(c, "events_since", params, (struct pending){.ask = ASK_SINCE, .stream = f->id, .generation = f->generation});
}

static void ask_about_chat(struct client *c, struct feed *f, enum ask ask)
{
	char params[40];
	snprintf(params, sizeof params, "{\"chat_id\":%lld}", (long long)stream_object(f->id));
	client_say(c, ask == ASK_HISTORY ? "message_list" : "chat_snapshot", params,
		(struct pending){.ask = ask, .stream = f->id, .generation = f->generation});
}

static void ask_history(struct client *c, struct feed *f)
{
	if (is_chat(f) && f->have && f->followed && !f->history)
		ask_about_chat(c, f, ASK_HISTORY);
}

/* --- the state of a chat */

static void put_message(struct feed *f, json_t *m)
{
	int64_t seq = number_of(m, "seq");
	size_t i = f->messages.n;
	while (i > 0 && number_of(f->messages.p[i - 1], "seq") >= seq)
		i--;
	if (i < f->messages.n && number_of(f->messages.p[i], "seq") == seq) {
		MUST(json_equal(f->messages.p[i], m), "two messages with one seq");
		return;
	}
	VEC_PUSH(&f->messages, json_incref(m));
	memmove(f->messages.p + i + 1, f->messages.p + i, (f->messages.n - 1 - i) * sizeof m);
	f->messages.p[i] = m;
}

static void set_title(struct feed *f, const char *title)
{
	snprintf(f->title, sizeof f->title, "%s", title);
}

static void install_chat(struct feed *f, const json_t *chat)
{
	f->have = true;
	f->history = false;
	f->generation++;
	f->fetching = false;
	f->head = number_of(chat, "head");
	if (f->known < f->head)
		f->known = f->head;
	set_title(f, text_of(chat, "title"));
	f->member_count = number_of(chat, "member_count");
	f->message_count = number_of(chat, "message_count");
	f->read_seq = number_of(chat, "read_seq");
	f->read_count = number_of(chat, "read_count");
	f->readers = (struct first_readers){0};
	const json_t *marks = json_object_get(chat, "first_readers");
	for (size_t i = 0; i < json_array_size(marks); i++)
		f->readers.at[i] = (struct reader){number_of(json_array_get(marks, i), "person_id"), number_of(json_array_get(marks, i), "seq")};
	drop_messages(f);
}

static void set_mark(struct feed *f, int64_t seq, int64_t count)
{
	if (seq <= f->read_seq)
		return;
	f->read_seq = seq;
	f->read_count = count;
}

static void apply_to_chat(struct client *c, struct feed *f, const char *type, const json_t *data)
{
	if (!strcmp(type, "message_posted")) {
		json_t *m = json_object_get(data, "message");
		int64_t sender = number_of(m, "sender_id");
		MUST(number_of(m, "number") == f->message_count + 1, "message numbers are dense");
		f->message_count++;
		put_message(f, m);
		first_readers_advance(&f->readers, sender, f->head);
		if (sender == c->world->server.school->person[c->person])
			set_mark(f, f->head, f->message_count);
	} else if (!strcmp(type, "read_advanced")) {
		MUST(first_readers_advance(&f->readers, number_of(data, "person_id"), number_of(data, "read_seq")), "read_advanced says nothing new");
	} else if (!strcmp(type, "chat_renamed")) {
		set_title(f, text_of(data, "title"));
	} else {
		f->member_count = number_of(data, "member_count");
	}
}

/* --- the person's own stream */

static void set_membership(struct client *c, json_t *membership, int64_t org)
{
	for (size_t i = json_array_size(c->memberships); i-- > 0;)
		if (number_of(json_object_get(json_array_get(c->memberships, i), "org"), "id") == org)
			json_array_remove(c->memberships, i);
	if (membership)
		json_array_append(c->memberships, membership);
}

static void drain(struct client *c, struct feed *f);

static void apply_to_person(struct client *c, const char *type, const json_t *data)
{
	if (!strcmp(type, "chat_joined")) {
		const json_t *chat = json_object_get(data, "chat");
		struct feed *f = feed_of(c, chat_stream((struct chat_id){number_of(chat, "id")}), true);
		MUST(!f->have, "joined a chat twice");
		install_chat(f, chat);
		ask_history(c, f);
		drain(c, f);
	} else if (!strcmp(type, "chat_left")) {
		struct feed *f = feed_of(c, chat_stream((struct chat_id){number_of(data, "chat_id")}), false);
		MUST(f && f->have, "left a chat without having been there");
		f->have = f->fetching = false;
		f->generation++;
		drop_messages(f);
	} else if (!strcmp(type, "chat_read")) {
		struct feed *f = feed_of(c, chat_stream((struct chat_id){number_of(data, "chat_id")}), false);
		if (f && f->have)
			set_mark(f, number_of(data, "read_seq"), number_of(data, "read_count"));
	} else if (!strcmp(type, "membership_changed")) {
		json_t *m = json_object_get(data, "membership");
		set_membership(c, m, number_of(json_object_get(m, "org"), "id"));
	} else if (!strcmp(type, "membership_ended")) {
		set_membership(c, NULL, number_of(data, "org_id"));
	}
}

/* --- events in order */

static void apply(struct client *c, struct feed *f, const json_t *event)
{
	const char *type = text_of(event, "type");
	const json_t *data = json_object_get(event, "data");
	f->head = number_of(event, "seq");
	if (is_chat(f))
		apply_to_chat(c, f, type, data);
	else if (stream_kind_of(f->id) == STREAM_PERSON)
		apply_to_person(c, type, data);
}

/* What came early is applied as far as it goes; then the gap behind it is asked for. */
static void drain(struct client *c, struct feed *f)
{
	while (f->have && !f->fetching && f->early.n) {
		json_t *event = f->early.p[0];
		int64_t seq = number_of(event, "seq");
		if (seq > f->head + 1)
			break;
		memmove(f->early.p, f->early.p + 1, --f->early.n * sizeof event);
		if (seq == f->head + 1)
			apply(c, f, event);
		json_decref(event);
	}
	ask_since(c, f);
}

void replica_event(struct client *c, json_t *event)
{
	struct feed *f = feed_of(c, stream_in(event), false);
	int64_t seq = number_of(event, "seq");
	MUST(f && f->followed, "client %zu hears %s without following it", c->index, text_of(event, "stream"));
	if (seq > f->known)
		f->known = seq;
	VEC_PUSH(&f->early, json_incref(event));
	drain(c, f);
}

void replica_welcome(struct client *c, const json_t *heads)
{
	for (size_t i = 0; i < c->feeds.n; i++)
		c->feeds.p[i]->followed = false;
	for (size_t i = 0; i < json_array_size(heads); i++) {
		const json_t *h = json_array_get(heads, i);
		struct feed *f = feed_of(c, stream_in(h), true);
		f->followed = true;
		f->known = number_of(h, "head");
	}
	MUST(own_feed(c)->followed, "one's own stream is not followed");
	if (!own_feed(c)->have)
		ask_me(c);
	for (size_t i = 0; i < c->feeds.n; i++) {
		ask_since(c, c->feeds.p[i]);
		ask_history(c, c->feeds.p[i]);
	}
}

void replica_follow(struct client *c, const json_t *follow)
{
	struct feed *f = feed_of(c, stream_in(follow), true);
	f->followed = true;
	f->known = number_of(follow, "head");
	if (stream_kind_of(f->id) == STREAM_ORG && !f->have) {
		f->have = true;
		f->head = f->known;
	}
	ask_since(c, f);
	ask_history(c, f);
}

void replica_unfollow(struct client *c, const json_t *unfollow)
{
	struct feed *f = feed_of(c, stream_in(unfollow), true);
	f->followed = false;
	if (stream_kind_of(f->id) == STREAM_ORG)
		f->have = f->fetching = false;
	f->generation++;
	f->fetching = false;
	drop_early(f);
}

void replica_down(struct client *c)
{
	for (size_t i = 0; i < c->feeds.n; i++) {
		struct feed *f = c->feeds.p[i];
		f->fetching = f->followed = false;
		f->generation++;
		drop_early(f);
	}
}

/* --- answers */

static void me_came(struct client *c, const json_t *me)
{
	const json_t *heads = json_object_get(me, "heads"), *chats = json_object_get(me, "chats");
	json_decref(c->memberships);
	c->memberships = json_deep_copy(json_object_get(me, "memberships"));
	c->me_asked = false;
	for (size_t i = 0; i < c->feeds.n; i++)
		if (is_chat(c->feeds.p[i]))
			c->feeds.p[i]->have = false;
	for (size_t i = 0; i < json_array_size(heads); i++) {
		const json_t *h = json_array_get(heads, i);
		struct feed *f = feed_of(c, stream_in(h), true);
		if (is_chat(f))
			continue;
		f->have = true;
		f->fetching = false;
		f->generation++;
		f->head = number_of(h, "head");
	}
	for (size_t i = 0; i < json_array_size(chats); i++) {
		const json_t *chat = json_array_get(chats, i);
		struct feed *f = feed_of(c, chat_stream((struct chat_id){number_of(chat, "id")}), true);
		install_chat(f, chat);
		ask_history(c, f);
	}
	for (size_t i = 0; i < c->feeds.n; i++)
		drain(c, c->feeds.p[i]);
}

static void messages_came(struct feed *f, const json_t *result)
{
	const json_t *list = json_object_get(result, "messages");
	f->history = true;
	for (size_t i = 0; i < json_array_size(list); i++)
		put_message(f, json_array_get(list, i));
}

struct again { struct client *c; struct stream_id s; uint64_t generation; enum ask ask; };

static void ask_again(void *arg)
{
	struct again *a = arg;
	struct feed *f = feed_of(a->c, a->s, false);
	if (f && f->generation == a->generation && a->c->state == CLIENT_ONLINE && f->followed && f->have) {
		if (a->ask == ASK_SINCE) {
			f->fetching = false;
			ask_since(a->c, f);
		} else {
			ask_about_chat(a->c, f, a->ask);
		}
	}
	mem_free(a);
}

/* The snapshot in which the question was asked may be older than the right to ask it. */
static void refused(struct client *c, const struct pending *p, struct feed *f, const char *error)
{
	if (!strcmp(error, "too_far")) {
		if (is_chat(f))
			ask_about_chat(c, f, ASK_SNAPSHOT);
		else
			ask_me(c);
		return;
	}
	if (!strcmp(error, "not_signed_in")) {
		client_cut(c); /* the next socket says why */
		return;
	}
	MUST(!strcmp(error, "not_found"), "asking about a stream: %s", error);
	struct again *a = mem_alloc(sizeof *a);
	*a = (struct again){c, p->stream, p->generation, p->ask};
	sim_at(20000, ask_again, a);
}

static void page_came(struct client *c, struct feed *f, const json_t *page)
{
	const json_t *events = json_object_get(page, "events");
	int64_t head = number_of(page, "head");
	uint64_t generation = f->generation;
	f->fetching = false;
	for (size_t i = 0; i < json_array_size(events); i++) {
		const json_t *event = json_array_get(events, i);
		MUST(number_of(event, "seq") == f->head + 1, "client %zu: a page that is not dense", c->index);
		f->fetching = true; /* what the event causes must not ask again */
		apply(c, f, event);
		f->fetching = false;
	}
	CHECK(generation == f->generation);
	if (head > f->known)
		f->known = head;
	drain(c, f);
}

static void compare_me(struct client *c, const json_t *me)
{
	const json_t *chats = json_object_get(me, "chats"), *heads = json_object_get(me, "heads");
	size_t mine = 0;
	json_t *fresh = json_object_get(me, "memberships");
	MUST(json_equal(c->memberships, fresh), "client %zu: memberships %s instead of %s", c->index, json_dumps(c->memberships, 0), json_dumps(fresh, 0));
	for (size_t i = 0; i < json_array_size(heads); i++) {
		const json_t *h = json_array_get(heads, i);
		struct feed *f = feed_of(c, stream_in(h), false);
		MUST(f && f->followed && f->have, "client %zu does not follow %s", c->index, text_of(h, "stream"));
		MUST(f->head == number_of(h, "head"), "client %zu is at %lld of %s", c->index, (long long)f->head, text_of(h, "stream"));
	}
	for (size_t i = 0; i < c->feeds.n; i++)
		mine += is_chat(c->feeds.p[i]) && c->feeds.p[i]->have;
	MUST(mine == json_array_size(chats), "client %zu has %zu chats instead of %zu", c->index, mine, json_array_size(chats));
	for (size_t i = 0; i < json_array_size(chats); i++) {
		const json_t *chat = json_array_get(chats, i);
		struct feed *f = feed_of(c, chat_stream((struct chat_id){number_of(chat, "id")}), false), other = {0};
		MUST(f && f->have, "client %zu lacks a chat", c->index);
		install_chat(&other, chat);
		MUST(!strcmp(f->title, other.title) && f->member_count == other.member_count && f->message_count == other.message_count &&
			f->read_seq == other.read_seq && f->read_count == other.read_count &&
			!memcmp(&f->readers, &other.readers, sizeof f->readers),
			"client %zu: chat %lld is not as in a fresh snapshot: members %lld/%lld messages %lld/%lld read %lld/%lld readers %lld/%lld %lld/%lld",
			c->index, (long long)stream_object(f->id), (long long)f->member_count, (long long)other.member_count, (long long)f->message_count,
			(long long)other.message_count, (long long)f->read_seq, (long long)other.read_seq, (long long)f->readers.at[0].person,
			(long long)other.readers.at[0].person, (long long)f->readers.at[1].seq, (long long)other.readers.at[1].seq);
		c->fresh++;
		ask_about_chat(c, f, ASK_FRESH_CHAT);
	}
}

static void compare_chat(struct client *c, const struct feed *f, const json_t *snapshot)
{
	const json_t *list = json_object_get(snapshot, "messages");
	size_t n = json_array_size(list);
	MUST(n <= f->messages.n, "client %zu lacks messages", c->index);
	for (size_t i = 0; i < n; i++)
		MUST(json_equal(json_array_get(list, i), f->messages.p[f->messages.n - n + i]), "client %zu has another message", c->index);
}

void client_compare(struct client *c)
{
	if (c->state == CLIENT_ENDED)
		return;
	c->fresh = 1;
	client_say(c, "me_snapshot", "{}", (struct pending){.ask = ASK_FRESH_ME});
}

void replica_answer(struct client *c, const struct pending *p, const json_t *result, const char *error)
{
	if (p->ask == ASK_ME || p->ask == ASK_FRESH_ME) {
		c->me_asked = false;
		if (result && p->ask == ASK_ME)
			me_came(c, result);
		if (p->ask == ASK_FRESH_ME) {
			c->fresh--;
			c->expired = !result && c->world->scenario->far_future && !strcmp(error, "not_signed_in");
			MUST(result || c->expired, "no fresh snapshot: %s", error);
			if (result)
				compare_me(c, result);
			else
				client_cut(c);
		}
		return;
	}
	if (p->ask == ASK_READ)
		return;
	struct feed *f = feed_of(c, p->stream, false);
	if (!f || f->generation != p->generation || !f->have)
		return;
	if (!result) {
		refused(c, p, f, error);
	} else if (p->ask == ASK_SINCE) {
		page_came(c, f, result);
	} else if (p->ask == ASK_HISTORY) {
		messages_came(f, result);
	} else if (p->ask == ASK_SNAPSHOT) {
		install_chat(f, json_object_get(result, "chat"));
		messages_came(f, result);
		drain(c, f);
	} else {
		c->fresh--;
		compare_chat(c, f, result);
	}
}

bool replica_settled(const struct client *c)
{
	if (c->me_asked)
		return false;
	for (size_t i = 0; i < c->feeds.n; i++) {
		const struct feed *f = c->feeds.p[i];
		if (f->followed && (!f->have || f->fetching || f->head < f->known || (is_chat(f) && !f->history)))
			return false;
	}
	return true;
}

void replica_release(struct client *c)
{
	for (size_t i = 0; i < c->feeds.n; i++) {
		struct feed *f = c->feeds.p[i];
		drop_early(f);
		drop_messages(f);
		VEC_RELEASE(&f->early);
		VEC_RELEASE(&f->messages);
		mem_free(f);
	}
	VEC_RELEASE(&c->feeds);
	json_decref(c->memberships);
}
