/* Why a program may not be run: it is for another machine. */
#ifndef PLUMPOS_MACHINE_H
#define PLUMPOS_MACHINE_H

#include <stddef.h>

/* Finds a program as a shell does; 0 when there is none. */
int find_program(const char *name, char *path, size_t room);

/* Says so on stderr if the program is one for another kind of processor. */
void explain_machine(const char *name);

#endif
