//! Jobs go to a queue that knows only raw pointers, as a C library would have
//! it. Twice on the way there a job becomes an orphan: nobody owns it, and
//! nobody can free it any more.

use std::num::ParseIntError;

struct Job {
    name: String,
    priority: u8,
}

#[derive(Default)]
struct Queue {
    jobs: Vec<*mut Job>,
}

impl Queue {
    /// The priority is read after the job was given up: when it is no number,
    /// `?` returns and the job stays behind.
    fn submit(&mut self, name: &str, priority: &str) -> Result<(), ParseIntError> {
        let job = Box::into_raw(Box::new(Job { name: name.to_string(), priority: 0 }));
        let priority = priority.parse()?;
        unsafe { (*job).priority = priority };
        self.jobs.push(job);
        Ok(())
    }

    /// A job that is not urgent is neither queued nor freed.
    fn submit_if_urgent(&mut self, job: Job) -> bool {
        let urgent = job.priority > 7;
        let job = Box::into_raw(Box::new(job));
        if urgent {
            self.jobs.push(job);
        }
        urgent
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        for job in self.jobs.drain(..) {
            let job = unsafe { Box::from_raw(job) };
            println!("ran {} at priority {}", job.name, job.priority);
        }
    }
}

fn main() {
    let mut queue = Queue::default();
    for (name, priority) in [("index", "3"), ("backup", "high"), ("report", "8")] {
        if let Err(e) = queue.submit(name, priority) {
            println!("refused {name}: {e}");
        }
    }
    for (name, priority) in [("mail", 9), ("cleanup", 1)] {
        let queued = queue.submit_if_urgent(Job { name: name.to_string(), priority });
        println!("{name} is queued: {queued}");
    }
}
