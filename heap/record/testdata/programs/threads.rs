//! Threads that allocate, hand blocks to each other, and lose some.
//! lost: 8 blocks, 800 bytes
use std::sync::{mpsc, Arc, Mutex};
use std::thread;

fn main() {
    let (send, receive) = mpsc::channel::<Vec<u8>>();
    let total = Arc::new(Mutex::new(0));
    let mut all = Vec::new();
    for n in 0..8u8 {
        let (send, total) = (send.clone(), Arc::clone(&total));
        all.push(thread::spawn(move || {
            for i in 0..1000 {
                let v = vec![n; 1 + i % 50];
                *total.lock().unwrap() += v.len();
                send.send(v).unwrap();
            }
            std::mem::forget(vec![n; 100]);
        }));
    }
    drop(send);
    let mut got = 0;
    while let Ok(v) = receive.recv() {
        got += v.len();
    }
    for t in all {
        t.join().unwrap();
    }
    println!("{} {}", got, *total.lock().unwrap());
}
