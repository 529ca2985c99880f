// Waits until a time of day by every function that there is for it, a thread each, and ends when all of them have come back, with 1
// where one of them did before that time.
//   waits before|during|late|woken SECONDS: so many seconds from when the clock was right, or from when it was wrong; or the same,
//   and all begin when it is right again, or who waits for a condition is woken all the time then, and waits again.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#define ALL 17

static pthread_mutex_t ours = PTHREAD_MUTEX_INITIALIZER, held = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static mtx_t plain, plain_held;
static cnd_t plain_condition;
static pthread_t endless;
static sem_t none;
static mqd_t empty = -1, full = -1;
static struct timespec until;

static double seconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

static double lead(void) { return seconds(CLOCK_REALTIME) - seconds(CLOCK_MONOTONIC); }

static void *sleep_for_ever(void *nothing) {
    for (;;) pause();
    return nothing;
}

static int waits(int which) {
    char message[8] = "";
    switch (which) {
    case 0:
    case 1: {
        int answer = 0;
        pthread_mutex_lock(&ours);
        while (!answer)
            answer = which ? pthread_cond_clockwait(&condition, &ours, CLOCK_REALTIME, &until)
                           : pthread_cond_timedwait(&condition, &ours, &until);
        pthread_mutex_unlock(&ours);
        return answer;
    }
    case 2: return pthread_mutex_timedlock(&held, &until);
    case 3: return pthread_mutex_clocklock(&held, CLOCK_REALTIME, &until);
    case 4: return pthread_rwlock_timedrdlock(&lock, &until);
    case 5: return pthread_rwlock_timedwrlock(&lock, &until);
    case 6: return pthread_rwlock_clockrdlock(&lock, CLOCK_REALTIME, &until);
    case 7: return pthread_rwlock_clockwrlock(&lock, CLOCK_REALTIME, &until);
    case 8: return pthread_timedjoin_np(endless, NULL, &until);
    case 9: return pthread_clockjoin_np(endless, NULL, CLOCK_REALTIME, &until);
    case 10: return sem_timedwait(&none, &until) ? errno : 0;
    case 11: return sem_clockwait(&none, CLOCK_REALTIME, &until) ? errno : 0;
    case 12: {
        int answer = thrd_success;
        mtx_lock(&plain);
        while (answer == thrd_success) answer = cnd_timedwait(&plain_condition, &plain, &until);
        mtx_unlock(&plain);
        return answer == thrd_timedout ? ETIMEDOUT : -1;
    }
    case 13: return mtx_timedlock(&plain_held, &until) == thrd_timedout ? ETIMEDOUT : -1;
    case 14: return mq_timedreceive(empty, message, sizeof message, NULL, &until) < 0 ? errno : 0;
    case 15: return mq_timedsend(full, message, sizeof message, 0, &until) < 0 ? errno : 0;
    default: return clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL) ? -1 : ETIMEDOUT;
    }
}

static double wanted, begun;
static int is_before;

static _Atomic pid_t begun_by[ALL];
static _Atomic int is_back[ALL];

static void *begin(void *which) {
    begun_by[(long)which] = gettid();
    int answer = waits((int)(long)which);
    is_back[(long)which] = 1;
    // By the clock that it reads, and by how long it waited.
    double early = is_before ? until.tv_sec + until.tv_nsec / 1e9 - seconds(CLOCK_REALTIME)
                             : begun + wanted - seconds(CLOCK_MONOTONIC);
    printf("{\"way\": %ld, \"answer\": %d, \"early\": %.3f}\n", (long)which, answer, early);
    if (answer != ETIMEDOUT || early > 0) exit(1);
    return NULL;
}

// Whether each of them sleeps, since it has begun, or is back.
static int all_sleep(void) {
    for (int which = 0; which < ALL; which++) {
        char path[64], state = 0;
        sprintf(path, "/proc/self/task/%d/stat", begun_by[which]);
        FILE *file = begun_by[which] ? fopen(path, "r") : NULL;
        if (!file || fscanf(file, "%*d (%*[^)]) %c", &state) != 1) state = 'R';
        if (file) fclose(file);
        if (state != 'S' && !is_back[which]) return 0;
    }
    return 1;
}

static mqd_t queue(const char *name, int flags) {
    struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 8};
    mqd_t made = mq_open(name, flags | O_CREAT | O_EXCL, 0600, &attributes);
    if (made >= 0) mq_unlink(name);
    return made;
}

int main(int count, char **words) {
    if (count < 3) return 2;
    // Who waits for an hour all the same is not left behind.
    alarm(120);
    setvbuf(stdout, NULL, _IOLBF, 0);
    is_before = !strcmp(words[1], "before");
    wanted = atof(words[2]);
    char name[32];
    sprintf(name, "/chaos-kitty-%d", getpid());
    empty = queue(name, O_RDWR), full = queue(name, O_RDWR);
    if (full >= 0 && mq_send(full, "message", 8, 0)) return 2;
    sem_init(&none, 0, 0);
    mtx_init(&plain, mtx_timed), mtx_init(&plain_held, mtx_timed), cnd_init(&plain_condition);
    pthread_mutex_lock(&held), pthread_rwlock_wrlock(&lock), mtx_lock(&plain_held);
    pthread_create(&endless, NULL, sleep_for_ever, NULL);

    double right = lead();
    clock_gettime(CLOCK_REALTIME, &until);
    double off;
    do {
        usleep(1000);
        off = lead() - right;
    } while (-5 < off && off < 5);
    begun = seconds(CLOCK_MONOTONIC);
    if (!is_before) clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += wanted;
    // Of a clock that goes faster they are fewer.
    if (count > 3) wanted /= atof(words[3]);
    if (!strcmp(words[1], "late")) {
        puts("{\"waiting\": true}");
        while (lead() - right > 5) usleep(1000);
    }
    pthread_t threads[ALL];
    for (long which = 0; which < ALL; which++) pthread_create(&threads[which], NULL, begin, (void *)which);
    // They are in it, and none waits for another one's lock.
    for (int times = 0; times < 5; times++) {
        while (!all_sleep()) usleep(1000);
        usleep(10000);
    }
    puts("{\"waiting\": true}");
    if (!strcmp(words[1], "woken")) {
        do {
            usleep(20000);
            pthread_cond_broadcast(&condition), cnd_broadcast(&plain_condition);
        } while (lead() - right > 5);
        puts("{\"right\": true}");
        for (int times = 0; times < 20; times++) {
            usleep(20000);
            pthread_cond_broadcast(&condition), cnd_broadcast(&plain_condition);
        }
    }
    for (int which = 0; which < ALL; which++) pthread_join(threads[which], NULL);
    return 0;
}
