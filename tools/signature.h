/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIGNATURE_H
#define SIGNATURE_H

const char *signature_wanted(void);

#endif
