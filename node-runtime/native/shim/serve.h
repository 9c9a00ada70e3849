/* Pid 1 of a job after everything is set up: owns its stdio and serves it to the deputy. */
#ifndef SHIM_SERVE_H
#define SHIM_SERVE_H

#include <sys/types.h>

/* Until the deputy has said that everything arrived. Returns the exit status of the job. */
int serve(pid_t program);

#endif
