// The pointer lives on where somebody else looks after it.
use std::collections::HashMap;
use std::sync::Mutex;

#[derive(Default)]
pub struct Registry {
    by_name: HashMap<String, *mut u32>,
    list: Vec<*mut u32>,
    last: Option<*mut u32>,
}

impl Registry {
    pub fn add(&mut self, name: &str, x: u32) {
        let p = Box::into_raw(Box::new(x));
        self.by_name.insert(name.to_string(), p);
    }
    pub fn push(&mut self, x: u32) -> &mut u32 {
        let p = Box::into_raw(Box::new(x));
        self.list.push(p);
        unsafe { &mut *p }
    }
    pub fn set_last(&mut self, x: u32) {
        if self.last.is_none() {
            self.last = Some(Box::into_raw(Box::new(x)));
        }
    }
    fn keep(&mut self, p: *mut u32) {
        self.list.push(p);
    }
    pub fn through_helper(&mut self, x: u32) {
        let p = Box::into_raw(Box::new(x));
        self.keep(p);
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        for (_, p) in self.by_name.drain() {
            drop(unsafe { Box::from_raw(p) });
        }
        for p in self.list.drain(..).chain(self.last.take()) {
            drop(unsafe { Box::from_raw(p) });
        }
    }
}

pub struct Handle(*mut u32);
unsafe impl Send for Handle {}

static WAITING: Mutex<Vec<Handle>> = Mutex::new(Vec::new());

pub fn wait(x: u32) {
    let p = Box::into_raw(Box::new(x));
    if let Ok(mut w) = WAITING.lock() {
        w.push(Handle(p));
    } else {
        drop(unsafe { Box::from_raw(p) });
    }
}

pub fn out(slot: &mut *mut u32, x: u32) -> bool {
    *slot = Box::into_raw(Box::new(x));
    true
}

pub fn spawned(x: u32) -> std::thread::JoinHandle<u32> {
    let h = Handle(Box::into_raw(Box::new(x)));
    std::thread::spawn(move || {
        let h = h;
        *unsafe { Box::from_raw(h.0) }
    })
}

pub struct Node {
    value: u32,
    next: *mut Node,
}

pub struct List {
    head: *mut Node,
}

impl List {
    pub fn push(&mut self, value: u32) {
        let node = Box::into_raw(Box::new(Node { value, next: self.head }));
        self.head = node;
    }
    pub fn pop(&mut self) -> Option<u32> {
        if self.head.is_null() {
            return None;
        }
        let node = unsafe { Box::from_raw(self.head) };
        self.head = node.next;
        Some(node.value)
    }
}

impl Drop for List {
    fn drop(&mut self) {
        while self.pop().is_some() {}
    }
}
