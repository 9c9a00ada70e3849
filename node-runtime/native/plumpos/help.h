/* What `plumpos run --help` and `plumpos sh --help` print: the very text that the tables of commands/run.ts make. */
#ifndef PLUMPOS_HELP_H
#define PLUMPOS_HELP_H

extern const char run_help[], sh_help[];

#endif
