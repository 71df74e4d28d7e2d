// The files of the granted folder: what there is, and lines of one from where one left off. Remembers nothing.
#pragma once

#include "lockgate.h"

/// Files that are followed; what is over that is reported.
#define FILES 64
/// Bytes of a file that are read at a time; a line that does not fit is stepped over.
#define CHUNK (64 << 10)

typedef struct {
    lg_str name;
    /// The same for as long as the file is there, whatever its name.
    uint64_t identity;
    uint64_t size;
} file;

typedef struct {
    file files[FILES];
    size_t count;
    /// How many more there are.
    size_t more;
} listing;

/// Whether a file is followed.
typedef bool followed(const file *one, lg_str names);

/// What is in the folder itself and followed, but for folders, links and pipes. False, with the trouble named, if it can't be read.
bool list_files(listing *list, followed *follows, lg_str names);

/// Up to CHUNK bytes from an offset on. Empty at the end, and if the file can't be read any more.
lg_bytes read_chunk(const file *from, uint64_t offset);
