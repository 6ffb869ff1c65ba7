//! Writes down which blocks are live or freed and the memory of its own process, so that
//! a test can look at it without a collector.
use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};

const SLOTS: usize = 1 << 19;

#[derive(Clone, Copy)]
struct Slot {
    addr: usize,
    size: usize,
    site: u64,
    freed: usize, // when, from 1; 0: live
}

extern "C" {
    fn mmap(at: *mut u8, len: usize, prot: i32, flags: i32, fd: i32, off: i64) -> *mut u8;
}

struct Recorder;
static TABLE: AtomicUsize = AtomicUsize::new(0);
static BUSY: AtomicBool = AtomicBool::new(false);
static FREES: AtomicUsize = AtomicUsize::new(0);
static DONE: AtomicBool = AtomicBool::new(false);

#[global_allocator]
static RECORDER: Recorder = Recorder;

fn with_table(f: impl FnOnce(&mut [Slot])) {
    if DONE.load(Relaxed) {
        return;
    }
    while BUSY.swap(true, Acquire) {
        std::hint::spin_loop();
    }
    if TABLE.load(Relaxed) == 0 {
        let len = SLOTS * std::mem::size_of::<Slot>();
        let at = unsafe { mmap(std::ptr::null_mut(), len, 3, 0x22, -1, 0) };
        TABLE.store(at as usize, Relaxed);
    }
    f(unsafe { std::slice::from_raw_parts_mut(TABLE.load(Relaxed) as *mut Slot, SLOTS) });
    BUSY.store(false, Release);
}

fn first(addr: usize) -> usize {
    (addr as u64).wrapping_mul(0x9e3779b97f4a7c15) as usize >> 45
}

/// site hashes the return addresses that the frame pointers lead to.
#[inline(always)]
fn site() -> u64 {
    let mut frame: usize;
    unsafe { std::arch::asm!("mov {}, rbp", out(reg) frame) };
    let mut hash = 0u64;
    for _ in 0..16 {
        let [up, ret] = unsafe { *(frame as *const [usize; 2]) };
        hash = (hash ^ ret as u64).wrapping_mul(0x100000001b3).rotate_left(7);
        if up <= frame || up - frame > 1 << 20 || up % 8 != 0 {
            break;
        }
        frame = up;
    }
    hash
}

fn add(addr: usize, size: usize, site: u64) {
    with_table(|t| {
        let mut i = first(addr);
        while t[i].addr != 0 && t[i].addr != addr {
            i = (i + 1) % SLOTS;
        }
        t[i] = Slot { addr, size, site, freed: 0 };
    })
}

fn remove(addr: usize) {
    with_table(|t| {
        let mut i = first(addr);
        while t[i].addr != 0 {
            if t[i].addr == addr {
                t[i].freed = FREES.fetch_add(1, Relaxed) + 1;
                return;
            }
            i = (i + 1) % SLOTS;
        }
    })
}

unsafe impl GlobalAlloc for Recorder {
    unsafe fn alloc(&self, l: Layout) -> *mut u8 {
        let p = System.alloc(l);
        add(p as usize, l.size(), site());
        p
    }
    unsafe fn dealloc(&self, p: *mut u8, l: Layout) {
        remove(p as usize);
        System.dealloc(p, l)
    }
    unsafe fn realloc(&self, p: *mut u8, l: Layout, size: usize) -> *mut u8 {
        remove(p as usize);
        let q = System.realloc(p, l, size);
        add(q as usize, size, site());
        q
    }
}

fn put(out: &mut impl Write, words: &[u64]) {
    for w in words {
        out.write_all(&w.to_le_bytes()).unwrap();
    }
}

/// dump writes blocks, roots and memory to the file named in $RECORD. The frame of
/// main is a root if it is still running.
#[inline(never)]
pub fn dump(running: bool) {
    let Some(path) = std::env::var_os("RECORD") else { return };
    let table = TABLE.load(Relaxed);
    DONE.store(true, SeqCst);
    let (mut sp, mut fs): (usize, usize);
    unsafe { std::arch::asm!("mov {}, rbp", "mov {}, fs:0", out(reg) sp, out(reg) fs) };
    if !running {
        sp = unsafe { *(sp as *const usize) };
    }
    sp += 16; // behind the last frame, which is that of this function or of main
    let slots = unsafe { std::slice::from_raw_parts(table as *const Slot, SLOTS) };
    let all: Vec<_> = slots.iter().filter(|s| s.addr != 0).collect();
    let mut out = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    put(&mut out, &[all.len() as u64]);
    for s in all {
        put(&mut out, &[s.addr as u64, s.size as u64, s.site, s.freed as u64]);
    }
    let exe = std::env::current_exe().unwrap();
    let exe = exe.to_str().unwrap();
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mut last = String::new();
    let mut guard = 0; // where the last inaccessible page ends
    for line in maps.lines() {
        let mut f = line.split_whitespace();
        let (range, perms) = (f.next().unwrap(), f.next().unwrap());
        let name = f.nth(3).unwrap_or("").to_string();
        let (a, b) = range.split_once('-').unwrap();
        let (a, b) = (usize::from_str_radix(a, 16).unwrap(), usize::from_str_radix(b, 16).unwrap());
        let before = std::mem::replace(&mut last, name.clone());
        let thread = name.is_empty() && guard == a; // its stack and its thread-local data
        if perms.starts_with("---") {
            guard = b;
        }
        if !(perms.starts_with("rw") || perms.starts_with("r--") && name == exe) || a <= table && table < b {
            continue;
        }
        // 0: neither, 1: stack, 2: static data
        let kind = if name == "[stack]" || thread {
            1
        } else if perms.starts_with("rw") && (name.starts_with('/') || name.is_empty() && before.starts_with('/') || a <= fs && fs < b) {
            2
        } else {
            0
        };
        put(&mut out, &[a as u64, (b - a) as u64, kind, if name == "[stack]" { sp as u64 } else { a as u64 }]);
        out.write_all(unsafe { std::slice::from_raw_parts(a as *const u8, b - a) }).unwrap();
    }
}
