/* Every function that is hooked and can fail, called once while everything fails, and once while nothing does. What is called
   by its own name only in a hardened build is called by that name here. It says what failed, and with which errno. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

ssize_t __read_chk(int, void *, size_t, size_t);
ssize_t __pread_chk(int, void *, size_t, off_t, size_t);
ssize_t __pread64_chk(int, void *, size_t, off64_t, size_t);
ssize_t __recv_chk(int, void *, size_t, size_t, int);
ssize_t __recvfrom_chk(int, void *, size_t, size_t, int, struct sockaddr *, socklen_t *);
int __open_2(const char *, int);
int __open64_2(const char *, int);
int __openat_2(int, const char *, int);
int __openat64_2(int, const char *, int);

static void put(const char *text, int length) {
    if (syscall(SYS_write, 1, text, length) != length) _exit(3);
}
static void tell(const char *call, int error) {
    char line[128];
    put(line, snprintf(line, sizeof line, "{\"call\": \"%s\", \"errno\": %d}\n", call, error));
}
static void step(long said) {
    char byte, line[64];
    put(line, snprintf(line, sizeof line, "{\"step\": %ld}\n", said));
    do {
        if (syscall(SYS_read, 0, &byte, 1) != 1) _exit(3);
    } while (byte != '\n');
}

/* What fails by -1, by null, by the error's number, and by something else that it answers. */
#define WITH(call, failed, error) (errno = 0, (failed) ? tell(#call, error) : tell(#call, 0))
#define MINUS(call, ...) WITH(call, call(__VA_ARGS__) == -1, errno)
#define NONE(call, ...) WITH(call, call(__VA_ARGS__) == NULL, errno)
#define NUMBER(call, ...) do { int number = call(__VA_ARGS__); tell(#call, number); } while (0)
#define ANSWER(call, answer, ...) WITH(call, call(__VA_ARGS__) == (answer), EDOM)

static FILE *again, *again64;

static void all(void) {
    char bytes[64] = {0}, room[1024], name[] = "/nowhere/at-all-XXXXXX", named[] = "/nowhere/at-all-XXXXXX.c";
    struct iovec part = {bytes, sizeof bytes};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    struct mmsghdr messages = {.msg_hdr = message};
    struct sockaddr_in address = {.sin_family = AF_INET};
    struct sockaddr *there = (struct sockaddr *)&address;
    socklen_t length = sizeof address;
    struct addrinfo *found;
    struct hostent entry, *host;
    struct timespec none = {0, 0}, time_now;
    struct timeval day;
    void *memory = NULL;
    off_t from = 0;
    off64_t from64 = 0;
    int why, nobody = -1;

    MINUS(read, nobody, bytes, 8); MINUS(__read_chk, nobody, bytes, 8, 64);
    MINUS(pread, nobody, bytes, 8, 0); MINUS(pread64, nobody, bytes, 8, 0);
    MINUS(__pread_chk, nobody, bytes, 8, 0, 64); MINUS(__pread64_chk, nobody, bytes, 8, 0, 64);
    MINUS(readv, nobody, &part, 1); MINUS(preadv, nobody, &part, 1, 0); MINUS(preadv64, nobody, &part, 1, 0);
    MINUS(preadv2, nobody, &part, 1, 0, 0); MINUS(preadv64v2, nobody, &part, 1, 0, 0);
    MINUS(write, nobody, bytes, 8); MINUS(pwrite, nobody, bytes, 8, 0); MINUS(pwrite64, nobody, bytes, 8, 0);
    MINUS(writev, nobody, &part, 1); MINUS(pwritev, nobody, &part, 1, 0); MINUS(pwritev64, nobody, &part, 1, 0);
    MINUS(pwritev2, nobody, &part, 1, 0, 0); MINUS(pwritev64v2, nobody, &part, 1, 0, 0);
    MINUS(copy_file_range, nobody, &from64, nobody, NULL, 8, 0); MINUS(splice, nobody, NULL, nobody, NULL, 8, 0);
    MINUS(sendfile, nobody, nobody, &from, 8); MINUS(sendfile64, nobody, nobody, &from64, 8);

    MINUS(connect, nobody, there, length); MINUS(accept, nobody, NULL, NULL); MINUS(accept4, nobody, NULL, NULL, 0);
    MINUS(send, nobody, bytes, 8, 0); MINUS(sendto, nobody, bytes, 8, 0, there, length);
    MINUS(sendmsg, nobody, &message, 0); MINUS(sendmmsg, nobody, &messages, 1, 0);
    MINUS(recv, nobody, bytes, 8, 0); MINUS(__recv_chk, nobody, bytes, 8, 64, 0);
    MINUS(recvfrom, nobody, bytes, 8, 0, there, &length); MINUS(__recvfrom_chk, nobody, bytes, 8, 64, 0, there, &length);
    MINUS(recvmsg, nobody, &message, 0); MINUS(recvmmsg, nobody, &messages, 1, 0, NULL);

    MINUS(open, "/nowhere/at", O_RDONLY); MINUS(open64, "/nowhere/at", O_RDONLY);
    MINUS(openat, nobody, "/nowhere/at", O_RDONLY); MINUS(openat64, nobody, "/nowhere/at", O_RDONLY);
    MINUS(__open_2, "/nowhere/at", O_RDONLY); MINUS(__open64_2, "/nowhere/at", O_RDONLY);
    MINUS(__openat_2, nobody, "/nowhere/at", O_RDONLY); MINUS(__openat64_2, nobody, "/nowhere/at", O_RDONLY);
    MINUS(creat, "/nowhere/at", 0600); MINUS(creat64, "/nowhere/at", 0600);
    NONE(fopen, "/nowhere/at", "r"); NONE(fopen64, "/nowhere/at", "r"); NONE(opendir, "/nowhere/at");
    NONE(freopen, "/dev/null", "r", again); NONE(freopen64, "/dev/null", "r", again64);
    MINUS(mkstemp, name); MINUS(mkstemp64, name); MINUS(mkostemp, name, 0); MINUS(mkostemp64, name, 0);
    MINUS(mkstemps, named, 2); MINUS(mkstemps64, named, 2);
    MINUS(mkostemps, named, 2, 0); MINUS(mkostemps64, named, 2, 0);
    MINUS(fsync, nobody); MINUS(fdatasync, nobody); MINUS(syncfs, nobody); MINUS(sync_file_range, nobody, 0, 0, 0);
    MINUS(msync, NULL, 4096, MS_SYNC);

    NONE(malloc, 9); NONE(calloc, 9, 1); NONE(realloc, NULL, 9); NONE(reallocarray, NULL, 9, 1); NONE(memalign, 64, 9);
    NONE(valloc, 9); NONE(pvalloc, 9); NONE(aligned_alloc, 64, 64); NUMBER(posix_memalign, &memory, 64, 9);

    WITH(getaddrinfo, getaddrinfo("127.0.0.1", NULL, NULL, &found) == EAI_SYSTEM, errno);
    NONE(gethostbyname, "127.0.0.1"); NONE(gethostbyname2, "127.0.0.1", AF_INET);
    NUMBER(gethostbyname_r, "127.0.0.1", &entry, room, sizeof room, &host, &why);
    NUMBER(gethostbyname2_r, "127.0.0.1", AF_INET, &entry, room, sizeof room, &host, &why);

    MINUS(clock_gettime, CLOCK_REALTIME, &time_now); MINUS(gettimeofday, &day, NULL); MINUS(time, NULL);
    ANSWER(timespec_get, 0, &time_now, TIME_UTC);
    MINUS(nanosleep, &none, NULL); NUMBER(clock_nanosleep, CLOCK_MONOTONIC, 0, &none, NULL);
    MINUS(usleep, 0); ANSWER(sleep, 1, 0); ANSWER(thrd_sleep, -2, &none, NULL);
}

int main(void) {
    if (!(again = fopen("/dev/null", "r")) || !(again64 = fopen("/dev/null", "r"))) return 1;
    step(1);
    all();
    step(2);
    if (!(again = fopen("/dev/null", "r")) || !(again64 = fopen("/dev/null", "r"))) return 1;
    all();
    step(3);
    return 0;
}
