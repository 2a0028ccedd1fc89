/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of help. Owned by room support; run by db_migrate at start, numbers 600-619.
 */
#include "support/support.h"

const struct migration support_migrations[] = {
	{600, "help",
		/* Of the installation, not of an organisation. region '': for everybody. */
		"CREATE TABLE help_page ("
		"  id INTEGER PRIMARY KEY,"
		"  region TEXT NOT NULL,"
		"  category INTEGER NOT NULL,"  /* enum api_help_category */
		"  title TEXT NOT NULL,"
		"  text TEXT NOT NULL,"
		"  place BIGINT NOT NULL,"
		"  changed_at BIGINT NOT NULL);"
		"CREATE INDEX help_page_of_region ON help_page (region, category, place, id);"
		"CREATE TABLE help_link ("
		"  page_id BIGINT NOT NULL REFERENCES help_page (id),"
		"  place BIGINT NOT NULL,"
		"  label TEXT NOT NULL,"
		"  url TEXT NOT NULL,"
		"  PRIMARY KEY (page_id, place));"
		"CREATE TABLE help_contact ("
		"  region TEXT PRIMARY KEY,"
		"  text TEXT NOT NULL);"},
};
const size_t support_migration_count = sizeof support_migrations / sizeof *support_migrations;
