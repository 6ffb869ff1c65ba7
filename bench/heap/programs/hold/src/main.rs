//! Holds a heap of many small blocks, and tells how much memory that took.
//!
//!     hold [MEGABYTES]
//!
//! Prints the bytes held, then the process's greatest resident size in KiB.

use std::collections::HashMap;

fn main() {
    let megabytes: usize = std::env::args().nth(1).map_or(400, |a| a.parse().expect("a number"));
    let mut held: Vec<Box<[u8]>> = Vec::new();
    let mut named: HashMap<String, Vec<u64>> = HashMap::new();
    let (mut bytes, mut n) = (0, 0u64);
    while bytes < megabytes << 20 {
        n += 1;
        let size = 24 + (n.wrapping_mul(0x9e37_79b9) >> 7) as usize % 200;
        held.push(vec![n as u8; size].into_boxed_slice());
        bytes += size;
        if n % 16 == 0 {
            named.insert(format!("name {n}"), vec![n; 12]);
            bytes += 96 + 12;
        }
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap();
    println!("{bytes} {}", peak.trim().trim_end_matches(" kB"));
    std::hint::black_box((&held, &named));
    std::process::exit(0);
}
