/* SPDX-License-Identifier: Apache-2.0
 *
 * What the demonstration has for the operator of the installation, two applications, and for a municipal curator, two organisations.
 * By the commands' own handlers. One thread, at start.
 */
#include "app/demo_make.h"

#include "account/account.h"
#include "base/clock.h"
#include "file/file.h"
#include "school/school.h"

#include <sodium.h>
#include <stdio.h>
#include <time.h>

struct demo_full_name demo_operator_name(void)
{
	return (struct demo_full_name){"Иванцов", "Пётр", "Сергеевич"};
}

struct demo_full_name demo_curator_name(void)
{
	return (struct demo_full_name){"Лаврентьева", "Ирина", "Юрьевна"};
}

void demo_date(int64_t at, char out[11])
{
	time_t seconds = (time_t)(at / 1000);
	struct tm t = {0};
	gmtime_r(&seconds, &t);
	strftime(out, 11, "%Y-%m-%d", &t);
}

struct str demo_pdf(struct arena *a, const char *line)
{
	char *content = arena_printf(a, "BT /F1 14 Tf 72 760 Td (%s) Tj ET", line);
	const char *const objects[] = {
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		arena_printf(a, "<< /Length %zu >>\nstream\n%s\nendstream", strlen(content), content),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	};
	enum { N = sizeof objects / sizeof *objects };
	char *text = arena_printf(a, "%%PDF-1.4\n"), *table = arena_printf(a, "xref\n0 %d\n0000000000 65535 f \n", N + 1);
	for (int i = 0; i < N; i++) {
		table = arena_printf(a, "%s%010zu 00000 n \n", table, strlen(text));
		text = arena_printf(a, "%s%d 0 obj\n%s\nendobj\n", text, i + 1, objects[i]);
	}
	return str_of(arena_printf(a, "%s%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%zu\n%%%%EOF\n", text, table, N + 1, strlen(text)));
}

/* --- applications */

static enum err send(struct demo *d, struct api_application_form form, int64_t at, int64_t *number_out)
{
	unsigned char raw[2][16];
	char token[2][33], date[11];
	struct api_application_status status = {0};
	demo_as(d, (struct person_id){0}, ROLE_NONE, at);
	demo_date(at - 4 * DEMO_DAY_MS, date);
	random_fill(raw, sizeof raw);
	for (int i = 0; i < 2; i++)
		sodium_bin2hex(token[i], sizeof token[i], raw[i], sizeof raw[i]);
	struct str pdf = demo_pdf(d->tx.arena, "Demonstration file. The order of appointment stands here.");
	const struct file_new file = {.name = STR("Приказ о назначении.pdf"), .token = str_of(token[1]), .size = (int64_t)pdf.n,
		.purpose = FILE_FOR_APPLICATION};
	form.order_date = str_of(date);
	form.consent = true;
	struct api_application_send in = {.token = str_of(token[0]), .form = form, .file_token = str_of(token[1])};
	enum err e = file_put(&d->tx, &file, pdf, &in.file_id);
	if (!e)
		e = application_send(&d->tx, &in, &status);
	*number_out = status.number;
	return e;
}

static const struct api_application_form waiting = {
	.type = API_ORG_TYPE_SCHOOL,
	.name = STR("МБОУ «Сосновская средняя школа»"), .short_name = STR("Сосновская школа"),
	.region = STR("68"), .address = STR("393840, Тамбовская область, с. Сосновка, ул. Школьная, д. 2"), .head_name = STR("Ермолова Татьяна Викторовна"),
	.admin_family_name = STR("Фролов"), .admin_given_name = STR("Николай"), .has_admin_patronymic = true, .admin_patronymic = STR("Андреевич"),
	.admin_email = STR("frolov@example.org"), .admin_phone = STR("+79000009100"), .order_number = STR("31-ОД"),
	.students = 412, .staff = 38, .guardians = true,
	.duty_move = STR("Фролов Н. А."), .duty_connect = STR("Фролов Н. А., классные руководители"), .duty_inform = STR("Ермолова Т. В."),
	.has_comment = true, .comment = STR("Начнём с пятых и шестых классов, остальные подключим после каникул."),
};
static const struct api_application_form returned = {
	.type = API_ORG_TYPE_CENTER,
	.name = STR("МБУ ДО «Дом творчества «Родник»"), .short_name = STR("Дом творчества «Родник»"),
	.region = STR("33"), .address = STR("601300, Владимирская область, г. Камешково, ул. Садовая, д. 7"), .head_name = STR("Горшкова Алла Петровна"),
	.admin_family_name = STR("Виноградова"), .admin_given_name = STR("Лидия"), .has_admin_patronymic = true, .admin_patronymic = STR("Олеговна"),
	.admin_email = STR("rodnik@example.org"), .admin_phone = STR("+79000009200"), .order_number = STR("8"),
	.students = 160, .staff = 14, .guardians = true,
	.duty_move = STR("Виноградова Л. О."), .duty_connect = STR("Педагоги объединений"), .duty_inform = STR("Горшкова А. П."),
};

enum err demo_operator(struct demo *d)
{
	int64_t number;
	struct api_application_decided decided;
	struct api_application_refuse back = {
		.reason = STR("В приказе нет фамилии ответственного администратора. Приложите, пожалуйста, приказ с фамилией и подписью руководителя.")};
	enum err e = send(d, returned, d->now_ms - 6 * DEMO_DAY_MS, &back.application_id);
	if (e)
		return e;
	demo_as(d, d->operator, ROLE_NONE, d->now_ms - 5 * DEMO_DAY_MS);
	d->tx.actor.is_operator = true;
	e = application_return(&d->tx, &back, &decided);
	return e ? e : send(d, waiting, d->now_ms - 20 * DEMO_HOUR_MS, &number);
}

/* --- the curator */

/* The last moment before at which it is day in all of the organisations: 5:00 to 14:59 of Greenwich, at most 14 hours ago. */
static int64_t by_day(int64_t before)
{
	int64_t hour = before / DEMO_HOUR_MS % 24;
	return hour < 5 ? before - (hour + 10) * DEMO_HOUR_MS : hour > 14 ? before - (hour - 14) * DEMO_HOUR_MS : before;
}

/* In the chat with the administrators of each of the organisations. */
static enum err greet(struct demo *d, struct person_id who, int64_t at)
{
	struct { int64_t org, chat; } chats[8];
	size_t n = 0;
	struct api_me_snapshot me = {0};
	demo_as(d, who, ROLE_NONE, at);
	enum err e = me_snapshot(&d->tx, &(struct api_empty){0}, &me);
	for (size_t i = 0; !e && i < me.chats.n && n < sizeof chats / sizeof *chats; i++)
		if (me.chats.items[i].kind == API_CHAT_KIND_CURATOR) {
			chats[n].org = me.chats.items[i].org_id;
			chats[n++].chat = me.chats.items[i].id;
		}
	for (size_t i = 0; !e && i < n; i++) {
		char id[33];
		struct api_message_posted done;
		snprintf(id, sizeof id, "%032zx", i + 1);
		demo_as(d, who, ROLE_NONE, at + (int64_t)i * DEMO_MINUTE_MS);
		d->tx.rel = (struct relation){.known = true, .org_id = chats[i].org, .role = ROLE_NONE, .chat_member = true, .chat_writer = true, .chat_id = chats[i].chat};
		e = message_post(&d->tx, &(struct api_message_post){.chat_id = chats[i].chat, .client_id = str_of(id),
			.text = STR("Здравствуйте! Я куратор вашего района. Пишите сюда, если при настройке нужна помощь.")}, &done);
	}
	return e;
}

enum err demo_curator(struct demo *d)
{
	struct person_id who;
	struct api_curator curator;
	struct demo_full_name n = demo_curator_name();
	char phone[16];
	demo_phone(DEMO_CURATOR_PHONE, phone);
	int64_t at = d->now_ms - 19 * DEMO_HOUR_MS; /* behind what the operator did before */
	d->tx.now_ms = at;
	enum err e = demo_person(d, DEMO_CURATOR_PHONE, n, &who);
	if (e)
		return e;
	demo_as(d, d->operator, ROLE_NONE, at);
	d->tx.actor.is_operator = true;
	e = curator_grant(&d->tx,
		&(struct api_curator_grant){.phone = str_of(phone), .given_name = str_of(n.given), .family_name = str_of(n.family), .has_patronymic = true,
			.patronymic = str_of(n.patronymic), .area = STR("Школы пилотной программы"),
			.org_ids = {.items = d->curated, .n = (size_t)d->curated_count}},
		&curator);
	return e ? e : greet(d, who, by_day(d->now_ms - 10 * DEMO_MINUTE_MS));
}
