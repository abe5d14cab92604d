// SPDX-License-Identifier: GPL-2.0-only
/* Another network namespace than the caller's. */
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int fail(const char *name, const char *text)
{
	fprintf(stderr, "tcpstate: network namespace '%s': %s\n", name, text);
	return -1;
}

/* The path of a namespace; false if it is too long, or there is no name. */
static bool find_path(const char *name, char path[PATH_MAX])
{
	int len;

	if (strchr(name, '/'))
		return snprintf(path, PATH_MAX, "%s", name) < PATH_MAX;
	len = snprintf(path, PATH_MAX, "%s/%s", NETNS_FOLDER, name);
	/* As 'ip link set DEVICE netns' does, take a number that is no name for a pid. */
	if (len < PATH_MAX && !name[strspn(name, "0123456789")] && access(path, F_OK))
		len = snprintf(path, PATH_MAX, "/proc/%s/ns/net", name);
	return *name && len < PATH_MAX;
}

/**
 * netns_enter() - go into a network namespace
 * @name: its name, as 'ip netns' shows it; the pid of a process in it; or a path
 *
 * All later requests of this program to the kernel are about that namespace.
 *
 * Return: 0, or -1 with a message on stderr.
 */
int netns_enter(const char *name)
{
	char path[PATH_MAX];
	int fd, ret;

	if (!find_path(name, path))
		return fail(name, "expected a name, a pid or a path");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(name, errno == ENOENT ? "there is none; 'ip netns' lists them" :
						    strerror(errno));
	ret = setns(fd, CLONE_NEWNET);
	close(fd);
	if (!ret)
		return 0;
	return fail(name, errno == EPERM ? "permission denied: it takes CAP_SYS_ADMIN to go there" :
			  errno == EINVAL ? "that is none" : strerror(errno));
}
