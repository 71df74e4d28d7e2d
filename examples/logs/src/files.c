#include "files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "/folders/logs"

static char *path_of(lg_str name) {
    return lg_zero_ended(lg_cat(LG(FOLDER "/"), name));
}

static void note(listing *list, const char *name, followed *follows, lg_str names) {
    struct stat status;
    lg_str copy = lg_cat(lg_c(name));
    if (lstat(path_of(copy), &status) != 0 || !S_ISREG(status.st_mode)) return;
    file found = {copy, status.st_ino, status.st_size < 0 ? 0 : (uint64_t)status.st_size};
    if (!follows(&found, names)) return;
    if (list->count == FILES) {
        list->more++;
        return;
    }
    list->files[list->count++] = found;
}

bool list_files(listing *list, followed *follows, lg_str names) {
    DIR *folder = opendir(FOLDER);
    if (!folder) return lg_unavailable(LG("the folder logs can't be read"));
    for (struct dirent *entry; (entry = readdir(folder));) note(list, entry->d_name, follows, names);
    closedir(folder);
    return true;
}

lg_bytes read_chunk(const file *from, uint64_t offset) {
    int opened = open(path_of(from->name), O_RDONLY | O_NOFOLLOW);
    if (opened < 0) return (lg_bytes){0};
    struct stat status;
    uint8_t *chunk = lg_alloc(CHUNK);
    size_t length = 0;
    // Between the look and now another file may have got the name.
    if (fstat(opened, &status) == 0 && status.st_ino == from->identity && lseek(opened, (off_t)offset, SEEK_SET) >= 0)
        for (ssize_t got; length < CHUNK && (got = read(opened, chunk + length, CHUNK - length)) > 0;) length += (size_t)got;
    close(opened);
    return (lg_bytes){chunk, length};
}
