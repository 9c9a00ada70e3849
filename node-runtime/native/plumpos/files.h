/* Which files a program is made of: what of them no other member has keeps its job here. */
#ifndef PLUMPOS_FILES_H
#define PLUMPOS_FILES_H

#include "../common/text.h"

/* `file=` for the program as a shell finds it, then for each interpreter of a script, all without links. */
void files_describe(const char *name, struct text *request);

#endif
