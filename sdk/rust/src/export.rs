//! The macro that exports a type as a channel. No behaviour but one: a panic's words go to the operator's log before the
//! instance is gone.

use crate::host;

/// Exports a type as a channel: `channel!(Type: hook, life)`. The interfaces are `life`, `hook`, `source`, `timer`,
/// `socket`, `sink`, `media` and `tools`, each one implemented by the type through the trait of that name; the component exports those that are
/// named. With `struct` before the type it is declared, too: `channel!(struct Type: hook)`.
///
/// On other targets than `wasm32` it only checks that the traits are implemented, so that the crate's tests run natively.
///
/// ```
/// use lockgate_sdk::{Life, Outcome, Timer, Trouble, channel};
///
/// channel!(struct Heartbeat: life, timer);
///
/// impl Life for Heartbeat {
///     fn start() -> Result<Outcome, Trouble> {
///         Ok(Outcome::none().wake("beat", 60_000))
///     }
/// }
///
/// impl Timer for Heartbeat {
///     fn fire(name: String, _failures: u32) -> Result<Outcome, Trouble> {
///         Ok(Outcome::none().wake(name, 60_000))
///     }
/// }
/// ```
///
/// An interface that the type does not implement is an error at compile time:
///
/// ```compile_fail
/// lockgate_sdk::channel!(struct Nothing: hook);
/// ```
#[macro_export]
macro_rules! channel {
    ($(#[$attribute:meta])* $visible:vis struct $channel:ident : $($interface:ident),+ $(,)?) => {
        $(#[$attribute])*
        $visible struct $channel;
        $crate::channel!($channel: $($interface),+);
    };
    ($channel:ident : $($interface:ident),+ $(,)?) => {
        $( $crate::__channel!($interface $channel); )+
    };
}

/// One interface of [`channel!`].
#[doc(hidden)]
#[macro_export]
macro_rules! __channel {
    (life $channel:ident) => {
        $crate::__channel!(export life Life export_life $channel { start() -> $crate::Outcome; });
    };
    (hook $channel:ident) => {
        $crate::__channel!(export hook Hook export_hook $channel {
            receive(request: $crate::Request) -> $crate::Answer;
        });
    };
    (source $channel:ident) => {
        $crate::__channel!(export source Source export_source $channel { poll(failures: u32) -> $crate::Batch; });
    };
    (timer $channel:ident) => {
        $crate::__channel!(export timer Timer export_timer $channel {
            fire(name: ::std::string::String, failures: u32) -> $crate::Outcome;
        });
    };
    (socket $channel:ident) => {
        $crate::__channel!(export socket Socket export_socket $channel {
            receive(connection: ::std::string::String, happening: $crate::Happening, failures: u32) -> $crate::Outcome;
        });
    };
    (sink $channel:ident) => {
        $crate::__channel!(export sink Sink export_sink $channel {
            send(outgoing: $crate::Outgoing) -> $crate::Receipt;
            edit(
                place: $crate::Place,
                message: ::std::string::String,
                text: ::std::string::String,
                format: $crate::Format
            ) -> ::std::vec::Vec<$crate::Effect>;
            react(
                place: $crate::Place,
                message: ::std::string::String,
                emoji: ::std::string::String
            ) -> ::std::vec::Vec<$crate::Effect>;
            typing(place: $crate::Place) -> ::std::vec::Vec<$crate::Effect>;
            direct(sender: ::std::string::String) -> ::std::string::String;
            answer_press(
                handle: ::std::string::String,
                text: ::std::string::String
            ) -> ::std::vec::Vec<$crate::Effect>;
        });
    };
    (media $channel:ident) => {
        $crate::__channel!(export media Media export_media $channel {
            fetch(handle: ::std::string::String, into: ::std::string::String) -> ();
        });
    };
    (tools $channel:ident) => {
        $crate::__channel!(export tools Tools export_tools $channel {
            call(name: ::std::string::String, arguments: ::std::string::String) -> $crate::ToolAnswer;
        });
    };
    (export $module:ident $interface:ident $export:ident $channel:ident {
        $( $function:ident($($argument:ident: $type:ty),*) -> $answer:ty; )+
    }) => {
        #[allow(unsafe_code, reason = "the generator's way to export a function")]
        const _: () = {
            struct Exported;
            impl $crate::__private::$module::exports::lockgate::channel::$module::Guest for Exported {
                $(
                    fn $function($($argument: $type),*) -> ::core::result::Result<$answer, $crate::Trouble> {
                        $crate::__private::begin();
                        <$channel as $crate::$interface>::$function($($argument),*)
                    }
                )+
            }
            #[cfg(target_arch = "wasm32")]
            $crate::__private::$module::$export!(Exported with_types_in $crate::__private::$module);
            // Elsewhere nothing is exported; this keeps the compiler from taking the channel for dead code.
            $(
                #[cfg(not(target_arch = "wasm32"))]
                const _: fn($($type),*) -> ::core::result::Result<$answer, $crate::Trouble> =
                    <Exported as $crate::__private::$module::exports::lockgate::channel::$module::Guest>::$function;
            )+
        };
    };
}

/// The first thing in each export, since each call has an instance of its own.
pub fn begin() {
    std::panic::set_hook(Box::new(|panic| host::log(host::Level::Error, &panic.to_string())));
}
