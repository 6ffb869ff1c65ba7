//! Runs until it is ended: one thread fills a map and empties it, 100 cycles of
//! two are lost before it says that it is ready.
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

struct Node {
    next: RefCell<Option<Rc<Node>>>,
    id: u64,
}

#[inline(never)]
fn pair(id: u64) {
    let a = Rc::new(Node { next: RefCell::new(None), id });
    let b = Rc::new(Node { next: RefCell::new(Some(a.clone())), id: id + a.id });
    *a.next.borrow_mut() = Some(b);
}

fn main() {
    let map = Arc::new(Mutex::new(HashMap::new()));
    for i in 0..2000u64 {
        map.lock().unwrap().insert(i, format!("value {i}"));
    }
    for i in 0..100 {
        pair(i);
    }
    let shared = Arc::clone(&map);
    std::thread::spawn(move || {
        let kept: Vec<Box<u64>> = (0..500).map(Box::new).collect();
        for n in 0u64.. {
            shared.lock().unwrap().insert(n % 3000, format!("again {n} {}", kept.len()));
        }
    });
    println!("ready");
    for k in 0u64.. {
        map.lock().unwrap().remove(&(k % 3000));
    }
}
