//! Uses the heap in the usual ways, always the same.
//! lost: 3 blocks
use std::collections::{BTreeMap, HashMap, VecDeque};

#[inline(never)]
fn lose(n: usize) {
    let v = vec![n as u8; n];
    assert_eq!(usize::from(v[n - 1]), std::hint::black_box(n));
    std::mem::forget(v);
}

fn main() {
    let mut words = HashMap::new();
    let mut tree = BTreeMap::new();
    let mut queue = VecDeque::new();
    let mut text = String::new();
    for i in 0..2000u32 {
        text.push_str(&format!("{} ", i * 7919 % 1000));
        tree.insert(i * 31 % 997, vec![i; (i % 13) as usize]);
        queue.push_back(Box::new(i));
        if i % 3 == 0 {
            queue.pop_front();
        }
    }
    for w in text.split(' ') {
        *words.entry(w.to_string()).or_insert(0) += 1;
    }
    let mut big = vec![0u64; 10];
    for i in 0..20 {
        big.resize(10 << i, 1);
        big.shrink_to_fit();
    }
    for n in [10, 100, 200] {
        lose(n);
    }
    println!("{} {} {} {}", words.len(), tree.len(), queue.len(), big.len());
}
