// A handle is one of several: that it is taken back does not end the value, and
// what another handle reads then is alive.
use std::sync::Arc;

pub struct Job {
    name: String,
}

pub fn queue(job: Arc<Job>) -> usize {
    let other = Arc::clone(&job);
    let raw = Arc::into_raw(job);
    drop(unsafe { Arc::from_raw(raw) });
    other.name.len()
}

pub fn twice(raw: *const Job) -> usize {
    unsafe { Arc::increment_strong_count(raw) };
    let first = unsafe { Arc::from_raw(raw) };
    let second = unsafe { Arc::from_raw(raw) };
    first.name.len() + second.name.len()
}
