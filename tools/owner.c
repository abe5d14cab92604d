// SPDX-License-Identifier: GPL-2.0-only
/* The owners of the sockets of local ends: users and cgroups, as they are printed. */
#include "owner.h"

#include <pwd.h>
#include <stdio.h>

#include "cgroup.h"
#include "format.h"
#include "text.h"

/**
 * owner_show() - print the owners of the sockets of local ends, also of those that are gone
 * @flow: the connection
 * @numeric: users as numbers alone
 */
void owner_show(const struct flow *flow, bool numeric)
{
	const char *label = "owner";

	for (int i = 0; i < 2; i++) {
		const struct end *end = &flow->end[i];
		const char *path = cgroup_path(end->cgroup);
		const struct passwd *user;
		char word[CGROUP_PATH];

		if (!record_has(end, TCPSTATE_A_END_UID))
			continue;
		format_word(path, word, sizeof(word));
		user = numeric ? NULL : getpwuid(end->uid);
		printf(FORMAT_LABEL "%s: ", label, format_name(FORMAT_ROLE, i));
		if (user)
			printf("%s (%u)", user->pw_name, end->uid);
		else
			printf("uid %u", end->uid);
		if (path)
			printf(", cgroup %s", word);
		else if (record_has(end, TCPSTATE_A_END_CGROUP))
			printf(", cgroup %llu", (unsigned long long)end->cgroup);
		putchar('\n');
		label = "";
	}
}

/**
 * owner_uids() - the users of both ends as one word: "1000/-"
 * @flow: the connection
 * @text: room for it
 * @size: of @text
 */
void owner_uids(const struct flow *flow, char *text, size_t size)
{
	struct text it;

	text_begin(&it, text, size);
	for (int i = 0; i < 2; i++) {
		const struct end *end = &flow->end[i];

		text_add(&it, i ? "/" : "");
		if (record_has(end, TCPSTATE_A_END_UID))
			text_add_number(&it, end->uid);
		else
			text_add(&it, "-");
	}
}

/**
 * owner_cgroups() - the cgroups of both ends as one word: "/system.slice,-"
 * @flow: the connection
 * @text: room for it
 * @size: of @text
 *
 * One that has no path any more has its number.
 */
void owner_cgroups(const struct flow *flow, char *text, size_t size)
{
	char word[CGROUP_PATH];
	struct text it;

	text_begin(&it, text, size);
	for (int i = 0; i < 2; i++) {
		const struct end *end = &flow->end[i];
		const char *path = cgroup_path(end->cgroup);

		/* Paths have slashes. */
		text_add(&it, i ? "," : "");
		if (path) {
			format_word(path, word, sizeof(word));
			text_add(&it, word);
		} else if (record_has(end, TCPSTATE_A_END_CGROUP)) {
			text_add_number(&it, end->cgroup);
		} else {
			text_add(&it, "-");
		}
	}
}
