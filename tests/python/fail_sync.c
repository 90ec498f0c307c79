// Makes every sync of a file fail as a broken disk does (EIO), while the file that FAIL_SYNC names exists. The system
// must be Linux: the library is loaded into the server with LD_PRELOAD.
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fails(void) {
    const char *sign = getenv("FAIL_SYNC");
    return sign != NULL && access(sign, F_OK) == 0;
}

int fsync(int file) {
    if (fails()) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fsync, file);
}

int fdatasync(int file) {
    if (fails()) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fdatasync, file);
}
