// A list takes the only count of what it links in; the pointer that comes back
// is one more way to it. //~ silent
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::Arc;

pub struct Task {
    next: AtomicPtr<Task>,
    name: String,
}

pub struct Tasks {
    head: AtomicPtr<Task>,
}

impl Tasks {
    fn link(&self, task: Arc<Task>) -> *const Task {
        let ptr = Arc::into_raw(task);
        let next = self.head.swap(ptr as *mut _, Ordering::AcqRel);
        unsafe { (*ptr).next.store(next, Ordering::Release) };
        ptr
    }

    pub fn push(&self, name: String) {
        self.link(Arc::new(Task { next: AtomicPtr::default(), name }));
    }

    pub fn push_named(&self, name: String) -> usize {
        let ptr = self.link(Arc::new(Task { next: AtomicPtr::default(), name }));
        unsafe { (&*ptr).name.len() }
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        let mut at = *self.head.get_mut();
        while !at.is_null() {
            let task = unsafe { Arc::from_raw(at) };
            at = task.next.load(Ordering::Acquire);
        }
    }
}
