// SPDX-License-Identifier: GPL-2.0-only
/* The paths of cgroups, which the kernel tells by number. */
#include "cgroup.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "compiler.h"
#include "intern.h"

/* The type of the handles of cgroup2's files, FILEID_KERNFS in the kernel */
#define FILEID_KERNFS	0xfe

/* A list asks for the same few again and again. */
#define CACHED		64

/** struct cached - a cgroup that was looked up */
struct cached {
	/** @id: its number; 0: none */
	uint64_t id;
	/** @path: its path; "" if it has none any more */
	char path[CGROUP_PATH];
};

/* Where cgroup2 is mounted, and a descriptor of that folder, or -1 */
static const char *mount_point;
static int mount_fd = -1;
/** struct recorded - a cgroup of a recording */
struct recorded {
	uint64_t id;
	/** @path: as intern() has it */
	const char *path;
};

/* Numbers are those of another machine, or of a time that is over. */
static bool forgotten;
/* What the recording has told of them: a tree of tsearch(3) */
static void *recorded;

static int compare(const void *a, const void *b)
{
	const struct recorded *one = a, *two = b;

	return one->id < two->id ? -1 : one->id > two->id;
}

static void find_mount(void)
{
	static const char * const places[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	struct statfs fs;

	for (size_t i = 0; i < ARRAY_SIZE(places) && mount_fd < 0; i++) {
		mount_point = places[i];
		if (!statfs(places[i], &fs) && fs.f_type == CGROUP2_SUPER_MAGIC)
			mount_fd = open(places[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
}

/* Write the path of a cgroup; "" if it has gone, or may not be looked up. */
static void look_up(uint64_t id, char path[CGROUP_PATH])
{
	union {
		struct file_handle handle;
		char bytes[sizeof(struct file_handle) + sizeof(id)];
	} it = { .handle = { .handle_bytes = sizeof(id), .handle_type = FILEID_KERNFS } };
	size_t prefix = strlen(mount_point);
	char link[40], text[CGROUP_PATH + 40];
	ssize_t len;
	int fd;

	*path = '\0';
	memcpy(it.handle.f_handle, &id, sizeof(id));
	fd = open_by_handle_at(mount_fd, &it.handle, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, text, sizeof(text) - 1);
	close(fd);
	if (len < (ssize_t)prefix || (size_t)len - prefix >= CGROUP_PATH)
		return;
	text[len] = '\0';
	snprintf(path, CGROUP_PATH, "%s", text[prefix] ? text + prefix : "/");
}

static const char *recorded_path(uint64_t id)
{
	const struct recorded key = { .id = id };
	struct recorded *const *found = tfind(&key, &recorded, compare);

	return found ? (*found)->path : NULL;
}

/**
 * cgroup_path() - find the path of a cgroup
 * @id: its number, as end.cgroup has it
 *
 * That takes CAP_DAC_READ_SEARCH, which root has, outside of containers.
 *
 * Return: the path below the mount point of cgroup2, valid until some later call; NULL if the
 * cgroup has gone, or cannot be looked up.
 */
const char *cgroup_path(uint64_t id)
{
	static struct cached cache[CACHED];
	struct cached *cached = &cache[id % CACHED];

	if (forgotten)
		return recorded_path(id);
	if (!mount_point)
		find_mount();
	if (mount_fd < 0 || !id)
		return NULL;
	if (cached->id != id) {
		cached->id = id;
		look_up(id, cached->path);
	}
	return *cached->path ? cached->path : NULL;
}

/**
 * cgroup_forget() - find no cgroup but those of cgroup_set(), because numbers are a recording's
 */
void cgroup_forget(void)
{
	tdestroy(recorded, free);
	recorded = NULL;
	forgotten = true;
}

/**
 * cgroup_set() - remember which path a cgroup of a recording had
 * @id: its number there
 * @path: its path
 *
 * Return: false without memory.
 */
bool cgroup_set(uint64_t id, const char *path)
{
	struct recorded *new = malloc(sizeof(*new)), **found;

	if (!new)
		return false;
	*new = (struct recorded){ .id = id, .path = intern(path) };
	found = new->path ? tsearch(new, &recorded, compare) : NULL;
	if (!found) {
		free(new);
		return false;
	}
	if (*found != new) {
		(*found)->path = new->path;
		free(new);
	}
	return true;
}
