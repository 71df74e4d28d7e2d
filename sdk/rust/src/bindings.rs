//! What the contract's WIT becomes in Rust: one world of imports, and one world for each interface that a channel can
//! export, so that a component exports what its author names and nothing else. The only file that calls `generate!`.
#![allow(
    unsafe_code,
    missing_docs,
    clippy::all,
    reason = "generated: it passes pointers over the wall"
)]

/// The words and the host's interfaces.
pub mod guest {
    wit_bindgen::generate!({
        path: "wit",
        inline: "package lockgate:sdk-guest;
            world guest {
                import lockgate:channel/words@0.1.0;
                import lockgate:channel/store@0.1.0;
                import lockgate:channel/host@0.1.0;
                import lockgate:channel/http@0.1.0;
            }",
        additional_derives: [PartialEq, Eq],
        generate_all,
    });
}

/// The operator's databases. Apart from the others, because a REAL can't be `Eq`.
pub mod database {
    wit_bindgen::generate!({
        path: "wit",
        inline: "package lockgate:sdk-database; world databases { import lockgate:channel/database@0.1.0; }",
        generate_all,
        additional_derives: [PartialEq],
    });
}

/// The operator's programs.
pub mod command {
    wit_bindgen::generate!({
        path: "wit",
        inline: "package lockgate:sdk-command; world commands { import lockgate:channel/command@0.1.0; }",
        generate_all,
        additional_derives: [PartialEq, Eq],
    });
}

/// The export of `life`.
pub mod life {
    wit_bindgen::generate!({
        path: "wit",
        inline: "package lockgate:sdk-life; world exports-life { export lockgate:channel/life@0.1.0; }",
        with: { "lockgate:channel/words@0.1.0": crate::bindings::guest::lockgate::channel::words },
        pub_export_macro: true,
        export_macro_name: "export_life",
    });
}

/// The export of `hook`.
pub mod hook {
    wit_bindgen::generate!({
        path: "wit",
        inline: "package lockgate:sdk-hook; world exports-hook { export lockgate:channel/hook@0.1.0; }",
        with: { "lockgate:channel/words@0.1.0": crate::bindings::guest::lockgate::channel::words },
        additional_derives: [PartialEq, Eq],
        pub_export_macro: true,
        export_macro_name: "export_hook",
    });
}

/// The export of `source`.
pub mod source {
    wit_bindgen::generate!({
        path: "wit",
        inline: "package lockgate:sdk-source; world exports-source { export lockgate:channel/source@0.1.0; }",
        with: { "lockgate:channel/words@0.1.0": crate::bindings::guest::lockgate::channel::words },
        additional_derives: [PartialEq, Eq],
        pub_export_macro: true,
        export_macro_name: "export_source",
    });
}

/// The export of `timer`.
pub mod timer {
    wit_bindgen::generate!({
        path: "wit",
        inline: "package lockgate:sdk-timer; world exports-timer { export lockgate:channel/timer@0.1.0; }",
        with: { "lockgate:channel/words@0.1.0": crate::bindings::guest::lockgate::channel::words },
        pub_export_macro: true,
        export_macro_name: "export_timer",
    });
}

/// The export of `socket`.
pub mod socket {
    wit_bindgen::generate!({
        path: "wit",
        inline: "package lockgate:sdk-socket; world exports-socket { export lockgate:channel/socket@0.1.0; }",
        with: { "lockgate:channel/words@0.1.0": crate::bindings::guest::lockgate::channel::words },
        additional_derives: [PartialEq, Eq],
        pub_export_macro: true,
        export_macro_name: "export_socket",
    });
}

/// The export of `sink`.
pub mod sink {
    wit_bindgen::generate!({
        path: "wit",
        inline: "package lockgate:sdk-sink; world exports-sink { export lockgate:channel/sink@0.1.0; }",
        with: { "lockgate:channel/words@0.1.0": crate::bindings::guest::lockgate::channel::words },
        additional_derives: [PartialEq, Eq],
        pub_export_macro: true,
        export_macro_name: "export_sink",
    });
}

/// The export of `media`.
pub mod media {
    wit_bindgen::generate!({
        path: "wit",
        inline: "package lockgate:sdk-media; world exports-media { export lockgate:channel/media@0.1.0; }",
        with: { "lockgate:channel/words@0.1.0": crate::bindings::guest::lockgate::channel::words },
        pub_export_macro: true,
        export_macro_name: "export_media",
    });
}

/// The export of `tools`.
pub mod tools {
    wit_bindgen::generate!({
        path: "wit",
        inline: "package lockgate:sdk-tools; world exports-tools { export lockgate:channel/tools@0.1.0; }",
        with: { "lockgate:channel/words@0.1.0": crate::bindings::guest::lockgate::channel::words },
        additional_derives: [PartialEq, Eq],
        pub_export_macro: true,
        export_macro_name: "export_tools",
    });
}

#[cfg(target_arch = "wasm32")]
pub mod wasi;
