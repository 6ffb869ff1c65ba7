//! A hard case for a heap profiler: some 20 million short-lived allocations, made
//! at many thousands of stacks some twenty frames deep.
//!
//!     churn [THREADS [ROUNDS [LEVELS]]]
//!
//! A tree of calls is walked: each level calls one of three functions, chosen by
//! a generator of pseudo-random numbers, and the lowest two levels call some of
//! them one after another, so that the leaves are reached by 3^levels stacks. Each
//! leaf makes a few blocks and keeps one of them for a while.

use std::hint::black_box;

struct Work {
    seed: u64,
    kept: Vec<Option<Box<[u8]>>>,
    made: u64,
    sum: u64,
}

impl Work {
    fn new(seed: u64) -> Work {
        Work { seed, kept: (0..4096).map(|_| None).collect(), made: 4097, sum: 0 }
    }

    fn next(&mut self) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed
    }
}

#[inline(never)]
fn leaf(w: &mut Work) -> u64 {
    let r = w.next();
    let n = 16 + (r & 127) as usize;
    let a = black_box(Box::new(r));
    let b = black_box(vec![0u8; n].into_boxed_slice());
    let c = black_box(Box::new([r; 4]));
    w.made += 3;
    let at = (r >> 20) as usize % w.kept.len();
    w.kept[at] = Some(b);
    *a ^ c[1]
}

macro_rules! branch {
    ($name:ident, $extra:expr) => {
        #[inline(never)]
        fn $name(w: &mut Work, levels: u32, path: u64) -> u64 {
            let local = black_box([$extra ^ path; 2]);
            let mut sum = local[0];
            if levels == 0 {
                // Two leaves, then up again by a few levels on the way back.
                sum ^= leaf(w);
                sum = sum.wrapping_add(leaf(w));
            } else {
                for i in 0..black_box(if levels <= 2 { 2 } else { 1 }) {
                    sum = sum.wrapping_add(step(w, levels - 1, path / 3, (path + i) % 3));
                }
                if levels & 3 == 0 {
                    let b = black_box(Box::new(sum));
                    w.made += 1;
                    sum ^= *b;
                }
            }
            w.sum = w.sum.wrapping_add(sum ^ local[1]);
            sum
        }
    };
}

branch!(left, 0x1111);
branch!(middle, 0x2222);
branch!(right, 0x3333);

/// A frame between two branches, so that stacks are deep.
#[inline(never)]
fn step(w: &mut Work, levels: u32, path: u64, which: u64) -> u64 {
    let r = match which {
        0 => left(w, levels, path),
        1 => middle(w, levels, path),
        _ => right(w, levels, path),
    };
    black_box(r) ^ levels as u64
}

fn run(seed: u64, rounds: u64, levels: u32) -> (u64, u64) {
    let mut w = Work::new(seed);
    for _ in 0..rounds {
        let path = w.next();
        let r = step(&mut w, levels, path, path >> 33 & 1);
        w.sum ^= r;
    }
    (w.made, w.sum)
}

fn main() {
    let mut args = std::env::args().skip(1).map(|a| a.parse::<u64>().expect("a number"));
    let threads = args.next().unwrap_or(1);
    let rounds = args.next().unwrap_or(800_000);
    let levels = args.next().unwrap_or(7) as u32;
    let (made, sum) = if threads <= 1 {
        run(0x9e37_79b9_7f4a_7c15, rounds, levels)
    } else {
        let workers: Vec<_> = (0..threads)
            .map(|i| std::thread::spawn(move || run(0x9e37_79b9_7f4a_7c15 + i, rounds / threads, levels)))
            .collect();
        workers.into_iter().map(|w| w.join().unwrap()).fold((0, 0), |a, b| (a.0 + b.0, a.1 ^ b.1))
    };
    println!("{made} blocks, {sum:x}");
}
