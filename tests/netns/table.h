/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/tcpstate, as agree and await read it. */
#ifndef TABLE_H
#define TABLE_H

#include <stdnoreturn.h>

#define TABLE_WORDS 40

noreturn void table_die(const char *what, const char *which);
long table_now_ms(void);
void table_enter(const char *netns);
char *table_read(void);
int table_split(char *line, char **word);
int table_next(char **rest, char **word, int columns);
int table_find_column(const char *name, char **word, int n);

#endif
