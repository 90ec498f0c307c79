// Moves the clock of a program by the number of seconds in the file that SHIFT_CLOCK names, as somebody who sets the clock
// does. The time since the start of the machine is not moved. The system must be Linux: the library is loaded into the
// server with LD_PRELOAD.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long shift(void) {
    const char *name = getenv("SHIFT_CLOCK");
    FILE *file = name == NULL ? NULL : fopen(name, "r");
    long seconds = 0;
    if (file != NULL) {
        if (fscanf(file, "%ld", &seconds) != 1) {
            seconds = 0;
        }
        fclose(file);
    }
    return seconds;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    long failed = syscall(SYS_clock_gettime, clock, now);
    if (failed == 0 && clock == CLOCK_REALTIME) {
        now->tv_sec += shift();
    }
    return (int)failed;
}
