/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tool's printers find around them in these tests: records instead of the
 * kernel's, interfaces and services with names of any length, a terminal of any width.
 */
#ifndef TOOL_WORLD_H
#define TOOL_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <netdb.h>

#include "ipc_conntrack.h"
#include "ipc_diag.h"
#include "options.h"

/* The longest name that an interface can have; its number is WORLD_IFINDEX. */
#define WORLD_INTERFACE	"fifteen-letters"
#define WORLD_IFINDEX	UINT32_MAX
/* Port N has a service whose name has N letters, up to this one. */
#define WORLD_SERVICES	300

/** struct world - what the kernel would have told, and the width of the terminal */
struct world {
	const struct flow *flows;
	size_t n;
	/** @make: makes the flow of that number, in the place of @flows; or NULL */
	void (*make)(struct flow *flow, size_t i);
	struct stats stats;
	/** @diags: the sockets that there are */
	const struct diag *diags;
	size_t n_diags;
	/** @n_diag_lists: how often they were all listed */
	unsigned int n_diag_lists;
	/** @translations: the connections that are translated */
	const struct translation *translations;
	size_t n_translations;
	/** @n_translation_lists: how often they were all listed */
	unsigned int n_translation_lists;
	/** @netns: the names of the network namespaces that are asked, ended by NULL; or NULL */
	const char * const *netns;
	/** @growth: how much counters and endings grow with each reading of them */
	uint64_t growth;
	/** @columns: the width of the terminal; 0 if stdout is none */
	unsigned int columns;
	/** @stdin_terminal: stdin is a terminal, as the commands see it */
	bool stdin_terminal;
	/** @between: what ipc_set_between() was given */
	ipc_between *between;
	void *between_data;
	/** @step: called after each datagram, after @between; or NULL */
	void (*step)(size_t i);
};

extern struct world world;

/** struct world_output - what a command wrote, and what it returned */
struct world_output {
	char *text;
	int status;
};

typedef int world_command(struct ipc *ipc, const struct options *options);

struct world_output world_run(world_command *command, const struct options *options);
const char *world_service(unsigned int port);

/* The values at which a number's width changes, and the ends of its types. */
#define WORLD_VALUES	44

uint64_t world_value(unsigned int i);
void world_fill(struct flow *flow, uint64_t value, uint8_t family);

/* A check counts once, however many things it expects. */
void check_begin(const char *name);
void check_end(void);
__printf(2, 3) bool expect(bool truth, const char *format, ...);

/* The address sanitizer has this, but GCC no header for it. */
size_t __sanitizer_get_current_allocated_bytes(void);

/* The linker's --wrap puts these in the place of the C library's functions. */
char *__wrap_if_indextoname(unsigned int ifindex, char *name);
unsigned int __wrap_if_nametoindex(const char *name);
void __wrap_setservent(int stay);
struct servent *__wrap_getservent(void);
struct servent *__wrap_getservbyname(const char *name, const char *protocol);
void __wrap_endservent(void);
int __wrap_isatty(int fd);
int __wrap_ioctl(int fd, unsigned long request, void *argument);

void text_tests(void);
void list_tests(void);
void sort_tests(void);
void show_tests(void);
void explain_tests(void);
void stream_tests(void);
void log_tests(void);
void sums_tests(void);
void stats_tests(void);
void top_tests(void);
void screen_tests(void);
void fit_tests(void);
void watch_tests(void);
void manual_tests(const char *path);
void parse_tests(void);
void picture_tests(const char *into);
void filter_tests(void);
void netns_tests(void);
void process_tests(void);
void nat_tests(void);

#endif
