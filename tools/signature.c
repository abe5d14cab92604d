// SPDX-License-Identifier: GPL-2.0-only
/* Whether the kernel loads a module without a signature that it trusts. */
#include "signature.h"

#include <stdio.h>
#include <string.h>

/* line_of() - the first line of @path in @line; an empty one if it cannot be read */
static void line_of(const char *path, char *line, int size)
{
	FILE *file = fopen(path, "re");

	if (!file || !fgets(line, size, file))
		line[0] = 0;
	if (file)
		fclose(file);
}

/**
 * signature_wanted() - why the kernel refuses modules without a trusted signature
 *
 * Return: the setting, as "NAME=VALUE", or NULL if it loads modules without a signature.
 */
const char *signature_wanted(void)
{
	char line[80];

	line_of("/sys/kernel/security/lockdown", line, sizeof(line));
	if (strstr(line, "[integrity]"))
		return "lockdown=integrity";
	if (strstr(line, "[confidentiality]"))
		return "lockdown=confidentiality";
	line_of("/sys/module/module/parameters/sig_enforce", line, sizeof(line));
	return line[0] == 'Y' ? "module.sig_enforce=1" : NULL;
}
