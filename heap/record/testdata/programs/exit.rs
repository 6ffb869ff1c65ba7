//! Ends by process::exit while other threads hold things and wait.
//! lost: 1 block, 1000 bytes; cycles: 3
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Barrier};
use std::thread;

struct Node {
    next: RefCell<Option<Rc<Node>>>,
    id: u64,
}

#[inline(never)]
fn cycle(id: u64) {
    let a = Rc::new(Node { next: RefCell::new(None), id });
    let b = Rc::new(Node { next: RefCell::new(Some(a.clone())), id: id + a.id });
    *a.next.borrow_mut() = Some(b);
}

#[inline(never)]
fn forget() {
    let v = vec![1u8; 1000];
    assert_eq!(v[999], std::hint::black_box(1));
    std::mem::forget(v);
}

fn main() {
    let ready = Arc::new(Barrier::new(4));
    for n in 0..3u64 {
        let ready = Arc::clone(&ready);
        thread::Builder::new().name(format!("waiter {n}")).spawn(move || {
            let held: Vec<Box<u64>> = (0..100).map(|i| Box::new(i * n)).collect();
            ready.wait();
            loop {
                thread::park();
                println!("{}", held.len());
            }
        }).unwrap();
    }
    let mine: Vec<String> = (0..50).map(|i| i.to_string()).collect();
    for i in 0..3 {
        cycle(i);
    }
    forget();
    ready.wait();
    println!("{}", mine.len());
    std::process::exit(if mine.len() == 50 { 21 } else { 1 });
}
