//! What of WASI's files a channel needs: the contract has no interface of its own for them. The words are those of
//! `wasi:filesystem`, of which an import names only what is called.

wit_bindgen::generate!({
    inline: "package lockgate:sdk-files;

        world files {
            import wasi:filesystem/types@0.2.0;
            import wasi:filesystem/preopens@0.2.0;
        }

        package wasi:clocks@0.2.0 {
            interface wall-clock {
                record datetime { seconds: u64, nanoseconds: u32 }
            }
        }

        package wasi:filesystem@0.2.0 {
            interface types {
                use wasi:clocks/wall-clock@0.2.0.{datetime};

                type filesize = u64;
                type link-count = u64;
                flags path-flags { symlink-follow }
                flags open-flags { create, directory, exclusive, truncate }
                flags descriptor-flags {
                    read, write, file-integrity-sync, data-integrity-sync, requested-write-sync, mutate-directory
                }
                enum descriptor-type {
                    unknown, block-device, character-device, directory, fifo, symbolic-link, regular-file, socket
                }
                record descriptor-stat {
                    %type: descriptor-type,
                    link-count: link-count,
                    size: filesize,
                    data-access-timestamp: option<datetime>,
                    data-modification-timestamp: option<datetime>,
                    status-change-timestamp: option<datetime>,
                }
                record directory-entry { %type: descriptor-type, name: string }
                enum error-code {
                    access, would-block, already, bad-descriptor, busy, deadlock, quota, exist, file-too-large,
                    illegal-byte-sequence, in-progress, interrupted, invalid, io, is-directory, loop, too-many-links,
                    message-size, name-too-long, no-device, no-entry, no-lock, insufficient-memory, insufficient-space,
                    not-directory, not-empty, not-recoverable, unsupported, no-tty, no-such-device, overflow,
                    not-permitted, pipe, read-only, invalid-seek, text-file-busy, cross-device
                }

                resource descriptor {
                    read: func(length: filesize, offset: filesize) -> result<tuple<list<u8>, bool>, error-code>;
                    write: func(buffer: list<u8>, offset: filesize) -> result<filesize, error-code>;
                    stat: func() -> result<descriptor-stat, error-code>;
                    read-directory: func() -> result<directory-entry-stream, error-code>;
                    open-at: func(path-flags: path-flags, path: string, open-flags: open-flags, %flags: descriptor-flags)
                        -> result<descriptor, error-code>;
                    rename-at: func(old-path: string, new-descriptor: borrow<descriptor>, new-path: string)
                        -> result<_, error-code>;
                    unlink-file-at: func(path: string) -> result<_, error-code>;
                }

                resource directory-entry-stream {
                    read-directory-entry: func() -> result<option<directory-entry>, error-code>;
                }
            }

            interface preopens {
                use types.{descriptor};
                get-directories: func() -> list<tuple<descriptor, string>>;
            }
        }",
    generate_all,
});
