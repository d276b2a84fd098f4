// What the machine allows, as JSON: reading memory with one thread and with all, writing and syncing files.
//
// build: gcc -O3 -march=native limits.c -o limits -pthread
// usage: limits FOLDER      FOLDER is on the disk to be measured
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { kMaxThreads = 64, kSyncs = 200, kPage = 4096 };
static const size_t kMemoryBytes = (size_t)1 << 30;  // larger than any cache
static const size_t kCacheBytes = (size_t)4 << 20;   // fits a cache that cores share
static const size_t kFileBytes = (size_t)1 << 30;

static double now(void) {
    struct timespec moment;
    clock_gettime(CLOCK_MONOTONIC, &moment);
    return (double)moment.tv_sec + (double)moment.tv_nsec * 1e-9;
}

static _Noreturn void stop(const char* what) {
    perror(what);
    exit(1);
}

// --- Memory ---

struct Part {
    const uint64_t* words;
    size_t count;
    uint64_t sum;
};

// Sixteen sums, so that no addition waits for the one before.
static void* add_up(void* argument) {
    struct Part* part = argument;
    uint64_t sums[16] = {0};
    for (size_t i = 0; i + 16 <= part->count; i += 16) {
        for (size_t lane = 0; lane < 16; ++lane) sums[lane] += part->words[i + lane];
    }
    part->sum = 0;
    for (size_t lane = 0; lane < 16; ++lane) part->sum += sums[lane];
    return NULL;
}

// The best of several rounds, in GB/s.
static double read_speed(const uint64_t* words, size_t bytes, int threads, int rounds) {
    double best = 1e9;
    for (int round = 0; round < rounds; ++round) {
        struct Part parts[kMaxThreads];
        pthread_t handles[kMaxThreads];
        const size_t share = bytes / sizeof(uint64_t) / (size_t)threads;
        const double start = now();
        for (int i = 0; i < threads; ++i) {
            parts[i] = (struct Part){words + share * (size_t)i, share, 0};
            if (pthread_create(&handles[i], NULL, add_up, &parts[i]) != 0) stop("pthread_create");
        }
        for (int i = 0; i < threads; ++i) pthread_join(handles[i], NULL);
        const double took = now() - start;
        if (took < best) best = took;
    }
    return (double)bytes / best / 1e9;
}

// --- Disk ---

static int compare(const void* left, const void* right) {
    const double a = *(const double*)left, b = *(const double*)right;
    return (a > b) - (a < b);
}

// MB/s of writing a file, sync included.
static double write_speed(int file, const char* bytes) {
    const size_t step = (size_t)4 << 20;
    const double start = now();
    for (size_t offset = 0; offset < kFileBytes; offset += step) {
        if (write(file, bytes + offset % kMemoryBytes, step) != (ssize_t)step) stop("write");
    }
    if (fsync(file) != 0) stop("fsync");
    return (double)kFileBytes / (now() - start) / 1e6;
}

// Writes a page and syncs, kSyncs times; the times of the syncs in ms, ascending.
static void time_syncs(int file, const char* page, off_t first, double* took) {
    for (int i = 0; i < kSyncs; ++i) {
        if (pwrite(file, page, kPage, first + (off_t)i * kPage) != kPage) stop("pwrite");
        const double start = now();
        if (fdatasync(file) != 0) stop("fdatasync");
        took[i] = (now() - start) * 1e3;
    }
    qsort(took, kSyncs, sizeof *took, compare);
}

int main(int argc, char** argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: limits FOLDER\n");
        return 2;
    }
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (cores > kMaxThreads) cores = kMaxThreads;
    char* memory = aligned_alloc(kPage, kMemoryBytes);
    if (memory == NULL) stop("aligned_alloc");
    memset(memory, 1, kMemoryBytes);
    const uint64_t* words = (const uint64_t*)(void*)memory;

    char path[4096];
    snprintf(path, sizeof path, "%s/limits.tmp", argv[1]);
    const int file = open(path, O_CREAT | O_TRUNC | O_RDWR, 0644);
    if (file < 0) stop(path);
    const double written = write_speed(file, memory);
    double overwrite[kSyncs], append[kSyncs];
    time_syncs(file, memory, 0, overwrite);
    time_syncs(file, memory, (off_t)kFileBytes, append);
    close(file);
    unlink(path);

    printf("{\"memory_gb_per_s_one_thread\": %.1f, \"memory_gb_per_s_all_cores\": %.1f, ",
           read_speed(words, kMemoryBytes, 1, 5), read_speed(words, kMemoryBytes, (int)cores, 5));
    printf("\"cache_gb_per_s_one_thread\": %.1f, ", read_speed(words, kCacheBytes, 1, 200));
    printf("\"write_mb_per_s_with_sync\": %.0f, ", written);
    printf("\"append_4k_sync_ms_p50\": %.3f, \"append_4k_sync_ms_p99\": %.3f, ", append[kSyncs / 2],
           append[kSyncs * 99 / 100]);
    printf("\"overwrite_4k_sync_ms_p50\": %.3f}\n", overwrite[kSyncs / 2]);
    return 0;
}
