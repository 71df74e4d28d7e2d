//! The traits that a channel implements, and the macro that exports it. No behaviour but one: a panic's words go to
//! the operator's log before the instance is gone.

use crate::{Answer, Batch, Outcome, Request, Trouble, host};

/// The beginning of the channel's life under this code.
pub trait Life {
    /// Called once when the channel is started or replaced, before anything else: set the first wake here.
    ///
    /// # Errors
    /// The host reports the trouble in its status and tries again later.
    fn start() -> Result<Outcome, Trouble> {
        Ok(Outcome::none())
    }
}

/// A channel that is called over HTTP. The host has checked the signature by the rule of the manifest that
/// `request.rule` names; a call that fulfils none never gets here.
pub trait Hook {
    /// Answers one call. The caller gets the answer only after its outcome has been committed.
    ///
    /// # Errors
    /// The caller gets an error status without the trouble's words, and nothing is committed.
    fn receive(request: Request) -> Result<Answer, Trouble>;
}

/// A channel that looks for news.
pub trait Source {
    /// Looks once. `failures` is how often in a row this call has failed, trapped or run out of time: from 1 on take one
    /// thing at a time, from 3 on step over the one that comes first and report it with [`Outcome::skipped`].
    ///
    /// # Errors
    /// The host looks again, later each time.
    fn poll(failures: u32) -> Result<Batch, Trouble>;
}

/// A channel that asked to be woken, with [`Outcome::wake`].
pub trait Timer {
    /// The wake of this name is due. It is consumed by success; after a failure it fires again, later each time, and
    /// `failures` says how often.
    ///
    /// # Errors
    /// The host fires it again, later each time.
    fn fire(name: String, failures: u32) -> Result<Outcome, Trouble>;
}

/// Exports a type as a channel: `channel!(Type: hook, life)`. The interfaces are `life`, `hook`, `source` and `timer`,
/// each one implemented by the type through the trait of that name; the component exports those that are named.
///
/// On other targets than `wasm32` it only checks that the traits are implemented, so that the crate's tests run natively.
///
/// ```
/// use lockgate_sdk::{Life, Outcome, Timer, Trouble, channel};
///
/// struct Heartbeat;
/// impl Life for Heartbeat {
///     fn start() -> Result<Outcome, Trouble> {
///         Ok(Outcome::none().wake("beat", 60_000))
///     }
/// }
/// impl Timer for Heartbeat {
///     fn fire(name: String, _failures: u32) -> Result<Outcome, Trouble> {
///         Ok(Outcome::none().wake(name, 60_000))
///     }
/// }
/// channel!(Heartbeat: life, timer);
/// ```
///
/// An interface that the type does not implement is an error at compile time:
///
/// ```compile_fail
/// struct Nothing;
/// lockgate_sdk::channel!(Nothing: hook);
/// ```
#[macro_export]
macro_rules! channel {
    ($channel:ident : $($interface:ident),+ $(,)?) => {
        $( $crate::__channel!($interface $channel); )+
    };
}

/// One interface of [`channel!`].
#[doc(hidden)]
#[macro_export]
macro_rules! __channel {
    (life $channel:ident) => {
        $crate::__channel!(export life Life export_life $channel, start() -> $crate::Outcome);
    };
    (hook $channel:ident) => {
        $crate::__channel!(export hook Hook export_hook $channel, receive(request: $crate::Request) -> $crate::Answer);
    };
    (source $channel:ident) => {
        $crate::__channel!(export source Source export_source $channel, poll(failures: u32) -> $crate::Batch);
    };
    (timer $channel:ident) => {
        $crate::__channel!(export timer Timer export_timer $channel,
            fire(name: ::std::string::String, failures: u32) -> $crate::Outcome);
    };
    (export $module:ident $interface:ident $export:ident $channel:ident,
     $function:ident($($argument:ident: $type:ty),*) -> $answer:ty) => {
        #[allow(unsafe_code, reason = "the generator's way to export a function")]
        const _: () = {
            struct Exported;
            impl $crate::__private::$module::exports::lockgate::channel::$module::Guest for Exported {
                fn $function($($argument: $type),*) -> ::core::result::Result<$answer, $crate::Trouble> {
                    $crate::__private::begin();
                    <$channel as $crate::$interface>::$function($($argument),*)
                }
            }
            #[cfg(target_arch = "wasm32")]
            $crate::__private::$module::$export!(Exported with_types_in $crate::__private::$module);
            // Elsewhere nothing is exported; this keeps the compiler from taking the channel for dead code.
            #[cfg(not(target_arch = "wasm32"))]
            const _: fn($($type),*) -> ::core::result::Result<$answer, $crate::Trouble> =
                <Exported as $crate::__private::$module::exports::lockgate::channel::$module::Guest>::$function;
        };
    };
}

/// The first thing in each export, since each call has an instance of its own.
pub fn begin() {
    std::panic::set_hook(Box::new(|panic| host::log(host::Level::Error, &panic.to_string())));
}
