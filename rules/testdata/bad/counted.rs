// A count is given up, and nobody takes it back.
use std::sync::Arc;

pub struct Job {
    name: String,
}

pub fn queue(job: Arc<Job>, busy: bool) -> usize {
    let raw = Arc::into_raw(job); //~ orphan-object
    if busy {
        return 0;
    }
    let job = unsafe { Arc::from_raw(raw) };
    job.name.len()
}
