/* SPDX-License-Identifier: GPL-2.0-only */
/* view.h - read-only views of directories, in a mount namespace of their own. */
#ifndef HOST_VIEW_H
#define HOST_VIEW_H

#include <stdbool.h>

#define VIEW_BASE "/tmp" /* where the views are, inside of their namespace */

/*
 * Enter a new mount namespace (and user namespace, if that is needed). 0 or -errno. Call it in a
 * process that is made for this: there is no way back.
 */
int view_enter_namespace(void);

/*
 * In that namespace: make VIEW_BASE/v@index a recursive copy of each of @paths, pseudo file
 * systems covered, everything read-only where @writable says so not. 0 or -errno, and then
 * @failed names the path.
 */
int view_make(char *const *paths, const bool *writable, int nr_paths, const char **failed);

#endif
