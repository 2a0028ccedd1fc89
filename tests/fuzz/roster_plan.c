/* SPDX-License-Identifier: Apache-2.0
 *
 * A file of a stranger, or the form on the decoder's pipe itself, into a plan: whatever it is, there is one, and its indices are within it.
 */
#include "decoder/decoder.h"
#include "fuzz.h"
#include "school/roster_plan.h"

static void check(const struct sheets *tables, enum api_org_type type)
{
	static const struct plan_known_unit known[] = {{1, API_UNIT_KIND_CLASS, {"5\xd0\x90", 3}}, {2, API_UNIT_KIND_CIRCLE, {"x", 1}}};
	struct roster_plan p;
	MUST(roster_plan_make(&p, tables, type, known, 2) == ERR_OK);
	for (size_t i = 0; i < p.places.n; i++)
		MUST(p.places.p[i].person < p.people.n && p.places.p[i].unit < p.units.n);
	for (size_t i = 0; i < p.bonds.n; i++)
		MUST(p.bonds.p[i].guardian < p.people.n && p.bonds.p[i].child < p.people.n);
	for (size_t i = 0; i < p.teachings.n; i++)
		MUST(p.teachings.p[i].teacher < p.people.n && p.teachings.p[i].unit < p.units.n && p.teachings.p[i].subject < p.subjects.n);
	for (size_t i = 0; i < p.people.n; i++)
		MUST(p.people.p[i].unit <= p.units.n && p.people.p[i].family.n && p.people.p[i].given.n);
	roster_plan_release(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf wire;
	struct sheets got;
	if (!size)
		return 0;
	struct arena *a = arena_new(64u << 20);
	unsigned char *file = fuzz_exact(data + 1, size - 1);
	enum api_org_type type = (enum api_org_type)(data[0] % 3);
	buf_init(&wire, SHEETS_WIRE_MAX);
	decoder_tables(str_n(file, size - 1), &wire);
	if (sheets_read(a, buf_str(&wire), &got) == ERR_OK && got.problem == SHEETS_FINE)
		check(&got, type);
	if (sheets_read(a, str_n(file, size - 1), &got) == ERR_OK && got.problem == SHEETS_FINE)
		check(&got, type);
	free(file);
	buf_release(&wire);
	arena_free(&a);
	return 0;
}
