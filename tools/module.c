// SPDX-License-Identifier: GPL-2.0-only
/* What /sys tells of the module, and of the kernel that has to load it. */
#include "module.h"

#include <stdio.h>
#include <string.h>

/* Reads the first line of a file, without its end; false if there is none. */
static bool read_line(const char *path, char *line, int size)
{
	FILE *file = fopen(path, "re");
	bool found = file && fgets(line, size, file);

	if (file)
		fclose(file);
	if (found)
		line[strcspn(line, "\n")] = '\0';
	return found;
}

/**
 * module_version() - the version of the module that is loaded
 * @version: gets it
 *
 * Return: true if one is loaded.
 */
bool module_version(char version[MODULE_VERSION])
{
	return read_line("/sys/module/tcpstate/version", version, MODULE_VERSION);
}

/**
 * module_wants_signature() - why the kernel refuses modules without a trusted signature
 *
 * Return: the setting, as "NAME=VALUE", or NULL if it loads modules without a signature.
 */
const char *module_wants_signature(void)
{
	char line[80];

	if (read_line("/sys/kernel/security/lockdown", line, sizeof(line))) {
		if (strstr(line, "[integrity]"))
			return "lockdown=integrity";
		if (strstr(line, "[confidentiality]"))
			return "lockdown=confidentiality";
	}
	if (read_line("/sys/module/module/parameters/sig_enforce", line, sizeof(line)) &&
	    *line == 'Y')
		return "module.sig_enforce=1";
	return NULL;
}
