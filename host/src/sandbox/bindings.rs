//! The contract of `wit/` as Rust types, for the host's side. The only place that calls `bindgen!`.
//!
//! One world names every interface that a channel may export; which of them a component has is found out by
//! looking (`GuestIndices::new` per interface), so no component needs this very world.

wasmtime::component::bindgen!({
    path: "../wit",
    inline: "
        package lockgate:house;
        world all {
            include lockgate:channel/guest@0.1.0;
            export lockgate:channel/life@0.1.0;
            export lockgate:channel/source@0.1.0;
            export lockgate:channel/timer@0.1.0;
            export lockgate:channel/hook@0.1.0;
            export lockgate:channel/socket@0.1.0;
            export lockgate:channel/sink@0.1.0;
            export lockgate:channel/media@0.1.0;
            export lockgate:channel/tools@0.1.0;
        }
    ",
    world: "lockgate:house/all",
    imports: {
        "lockgate:channel/database.query": async | trappable,
        "lockgate:channel/command.run": async | trappable,
        "lockgate:channel/http.fetch": async | trappable,
        default: trappable,
    },
    exports: { default: async },
});

pub use self::lockgate::channel::{command, database, host, http, store, words};
pub use exports::lockgate::channel::{hook, life, media, sink, socket, source, timer, tools};
