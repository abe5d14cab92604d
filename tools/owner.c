// SPDX-License-Identifier: GPL-2.0-only
/* The owners of the sockets of local ends: users and cgroups, as they are printed. */
#include "owner.h"

#include <pwd.h>
#include <stdio.h>

#include "cgroup.h"
#include "format.h"

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
	char uid[2][FORMAT_NUMBER];

	for (int i = 0; i < 2; i++)
		format_number(record_has(&flow->end[i], TCPSTATE_A_END_UID), flow->end[i].uid,
			      uid[i]);
	snprintf(text, size, "%s/%s", uid[0], uid[1]);
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
	char cgroup[2][CGROUP_PATH];

	for (int i = 0; i < 2; i++) {
		const struct end *end = &flow->end[i];
		const char *path = cgroup_path(end->cgroup);

		if (path)
			format_word(path, cgroup[i], sizeof(cgroup[i]));
		else
			format_number(record_has(end, TCPSTATE_A_END_CGROUP), end->cgroup,
				      cgroup[i]);
	}
	/* Paths have slashes. */
	snprintf(text, size, "%s,%s", cgroup[0], cgroup[1]);
}
