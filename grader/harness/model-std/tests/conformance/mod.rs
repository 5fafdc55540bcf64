//! Small programs whose results do not depend on the schedule. They are compiled twice, against the real standard
//! library and against the model.

mod channels;
mod locks;
mod threads;

/// A program and its result.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    pub(crate) run: fn() -> String,
    pub(crate) expected: &'static str,
}

macro_rules! programs {
    ($($module:ident::$name:ident => $expected:literal;)*) => {
        pub(crate) const PROGRAMS: &[Program] =
            &[$(Program { name: stringify!($name), run: $module::$name, expected: $expected }),*];
    };
}

programs! {
    locks::two_threads_count_under_a_lock => "200";
    locks::readers_share_and_writers_do_not => "3 7";
    locks::a_writer_becomes_a_reader => "2 true";
    locks::a_condvar_hands_a_ball_to_and_fro => "pong 6";
    locks::a_wait_times_out => "true false";
    locks::one_of_a_barrier_leads => "3 3";
    locks::a_poisoned_lock_still_opens => "true 5 true false";
    locks::a_poisoned_read_write_lock_says_so => "true true false";
    locks::a_lock_that_is_held_is_not_taken => "true true false";
    locks::a_lock_tells_its_value => "Mutex { data: 1, poisoned: true, .. }";
    locks::once_is_once => "1 true";
    locks::a_once_that_panicked_is_poisoned => "Once instance has previously been poisoned, then true";
    locks::a_cell_is_set_once => "true 1";
    locks::a_cell_that_panicked_can_be_tried_again => "true 4";
    locks::a_cell_can_be_waited_for => "9";
    locks::a_lazy_value_is_computed_once => "1 7";
    locks::a_lazy_value_that_panicked_stays_poisoned => "LazyLock instance has previously been poisoned";
    locks::atomics_compute => "-3 5 7 true 12 Err(12)";
    locks::atomics_update => "40 None";
    channels::messages_arrive_in_order => "[0, 1, 2, 3]";
    channels::all_messages_of_all_senders_arrive => "66";
    channels::a_full_channel_refuses => "Full(3) [1, 2]";
    channels::a_channel_without_room_waits_for_the_receiver => "[0, 1, 2]";
    channels::ends_that_are_gone_are_told => "SendError(1) RecvError Disconnected Disconnected(2)";
    channels::a_receiver_waits_no_longer_than_told => "Timeout Empty";
    channels::messages_outlive_their_sender => "[1, 2]";
    channels::what_is_not_received_is_dropped => "2";
    threads::a_result_comes_through_join => "42";
    threads::a_payload_comes_through_join => "boom 7";
    threads::scoped_threads_borrow => "[2, 4, 6]";
    threads::a_scope_tells_of_a_panic => "a scoped thread panicked";
    threads::a_joined_panic_is_the_joiners => "fine";
    threads::a_scope_waits_although_it_panics => "true early";
    threads::threads_have_names => "named None main?";
    threads::a_token_is_kept_for_park => "parked";
    threads::park_has_a_time_out => "on";
    threads::values_of_threads_are_their_own => "11 12 10";
    threads::values_are_dropped_with_their_thread => "[\"second\", \"first\"]";
    threads::a_dropped_value_cannot_be_had => "AccessError";
    threads::a_panic_is_caught => "caught false";
    threads::unwinding_is_seen_by_destructors => "[true, false]";
    threads::a_finished_thread_is_seen => "true";
    threads::time_passes_while_one_sleeps => "true";
    threads::moments_can_be_computed_with => "1s 0ns None true";
    threads::a_name_with_a_null_byte_is_refused => "thread name may not contain interior null bytes";
}

/// The text of a panic.
fn text(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default()
}
