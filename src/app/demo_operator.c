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

enum err demo_curator(struct demo *d)
{
	struct person_id who;
	struct api_curator curator;
	struct demo_full_name n = demo_curator_name();
	char phone[16];
	demo_phone(DEMO_CURATOR_PHONE, phone);
	d->tx.now_ms = d->now_ms - 12 * DEMO_HOUR_MS;
	enum err e = demo_person(d, DEMO_CURATOR_PHONE, n, &who);
	if (e)
		return e;
	demo_as(d, d->operator, ROLE_NONE, d->now_ms - 12 * DEMO_HOUR_MS);
	d->tx.actor.is_operator = true;
	return curator_grant(&d->tx,
		&(struct api_curator_grant){.phone = str_of(phone), .given_name = str_of(n.given), .family_name = str_of(n.family), .has_patronymic = true,
			.patronymic = str_of(n.patronymic), .area = STR("Школы пилотной программы"),
			.org_ids = {.items = d->curated, .n = (size_t)d->curated_count}},
		&curator);
}
