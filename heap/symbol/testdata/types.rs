//! Tells of its own blocks: for each that is made between two labels, where and by
//! which stack; at the end, what stands in those that are left.

#![allow(dead_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::ffi::c_void;
use std::rc::{Rc, Weak};
use std::sync::mpsc::Sender;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, RwLock};

struct Spy;

#[derive(Clone, Copy)]
struct Made {
    label: &'static str,
    addr: usize,
    size: usize,
    depth: usize,
    stack: [usize; 64],
}

static ARMED: AtomicBool = AtomicBool::new(false);
static COUNT: AtomicUsize = AtomicUsize::new(0);
static mut LABEL: &str = "";
static mut MADE: [Made; 512] = [Made { label: "", addr: 0, size: 0, depth: 0, stack: [0; 64] }; 512];

extern "C" {
    fn _Unwind_Backtrace(f: extern "C" fn(*mut c_void, *mut c_void) -> i32, arg: *mut c_void) -> i32;
    fn _Unwind_GetIP(context: *mut c_void) -> usize;
}

extern "C" fn frame(context: *mut c_void, arg: *mut c_void) -> i32 {
    unsafe {
        let made = &mut *(arg as *mut Made);
        if made.depth < 64 {
            made.stack[made.depth] = _Unwind_GetIP(context);
            made.depth += 1;
        }
    }
    0
}

#[inline(never)]
fn note(addr: *mut u8, size: usize) {
    if ARMED.swap(false, Relaxed) {
        unsafe {
            let n = COUNT.load(Relaxed);
            let made = &raw mut MADE[n];
            *made = Made { label: LABEL, addr: addr as usize, size, depth: 0, stack: [0; 64] };
            _Unwind_Backtrace(frame, made as *mut c_void);
            COUNT.store(n + 1, Relaxed);
        }
        ARMED.store(true, Relaxed);
    }
}

unsafe impl GlobalAlloc for Spy {
    unsafe fn alloc(&self, l: Layout) -> *mut u8 {
        let p = System.alloc(l);
        note(p, l.size());
        p
    }
    unsafe fn alloc_zeroed(&self, l: Layout) -> *mut u8 {
        let p = System.alloc_zeroed(l);
        note(p, l.size());
        p
    }
    unsafe fn realloc(&self, p: *mut u8, l: Layout, n: usize) -> *mut u8 {
        let p = System.realloc(p, l, n);
        note(p, n);
        p
    }
    unsafe fn dealloc(&self, p: *mut u8, l: Layout) {
        let n = COUNT.load(Relaxed);
        for i in 0..n {
            let made = &raw mut MADE[i];
            if (*made).addr == p as usize {
                (*made).addr = 0;
            }
        }
        System.dealloc(p, l)
    }
}

#[global_allocator]
static SPY: Spy = Spy;

fn label(s: &'static str) {
    unsafe { LABEL = s };
    ARMED.store(!s.is_empty(), Relaxed);
}

struct Node {
    id: u64,
    next: RefCell<Option<Rc<Node>>>,
}

struct Tree {
    name: String,
    parent: RefCell<Weak<Tree>>,
    children: RefCell<Vec<Rc<Tree>>>,
}

enum Shape {
    Dot(u8),
    Line(Rc<Node>, u32),
    Poly { first: u32, corners: Vec<u64>, inner: Option<Box<Shape>> },
}

struct Job {
    key: u32,
    state: Mutex<State>,
    peers: RwLock<Option<Arc<Job>>>,
    raw: Cell<*const Job>,
    hook: Cell<Option<Box<dyn Fn() -> u32>>>,
    pair: (u8, Option<Rc<Node>>),
    both: [Option<Rc<Node>>; 2],
}

struct State {
    waiting: VecDeque<Shape>,
    seen: HashMap<u32, Arc<Job>>,
}

struct Person {
    friends: Vec<Rc<RefCell<Person>>>,
    boss: Option<Weak<RefCell<Person>>>,
    rooms: BTreeMap<u8, Rc<RefCell<Person>>>,
    once: OnceCell<Rc<RefCell<Person>>>,
    send: Option<Sender<Rc<RefCell<Person>>>>,
    mood: Result<Mood, Box<str>>,
    name: &'static str,
}

enum Mood {
    Plain,
    Fond(Rc<RefCell<Person>>),
}

#[repr(align(64))]
struct Wide {
    at: Cell<Option<Rc<Wide>>>,
}

trait Speak {
    fn speak(&self) -> u32;
}

impl Speak for Tree {
    fn speak(&self) -> u32 {
        self.name.len() as u32
    }
}

#[inline(never)]
fn keep<T>(t: T) {
    std::mem::forget(std::hint::black_box(t));
}

async fn waits(node: Rc<Node>, next: std::future::Pending<()>) -> u64 {
    next.await;
    node.id
}

fn node(id: u64) -> Rc<Node> {
    Rc::new(Node { id, next: RefCell::new(None) })
}

fn main() {
    label("node");
    let a = node(1);
    let b = node(2);
    label("");
    *a.next.borrow_mut() = Some(b.clone());
    *b.next.borrow_mut() = Some(a.clone());

    label("tree");
    let root = Rc::new(Tree { name: String::new(), parent: RefCell::new(Weak::new()), children: RefCell::new(Vec::new()) });
    let leaf = Rc::new_cyclic(|_| Tree { name: String::new(), parent: RefCell::new(Rc::downgrade(&root)), children: RefCell::new(Vec::new()) });
    label("children");
    root.children.borrow_mut().push(leaf.clone());
    label("");

    label("dyn");
    let dynamic: Rc<dyn Speak> = Rc::new(Tree { name: "x".into(), parent: RefCell::new(Weak::new()), children: RefCell::new(Vec::new()) });
    label("box dyn");
    let boxed: Box<dyn Speak> = Box::new(Tree { name: String::new(), parent: RefCell::new(Weak::new()), children: RefCell::new(Vec::new()) });
    label("closure");
    let held = a.clone();
    let hook: Box<dyn Fn() -> u32> = Box::new(move || held.id as u32);

    label("line");
    let line = Box::new(Shape::Line(a.clone(), 3));
    label("poly");
    let poly = Box::new(Shape::Poly { first: 1, corners: vec![1, 2, 3], inner: Some(line) });

    label("job");
    let job = Arc::new(Job {
        key: 7,
        state: Mutex::new(State { waiting: VecDeque::new(), seen: HashMap::new() }),
        peers: RwLock::new(None),
        raw: Cell::new(std::ptr::null()),
        hook: Cell::new(Some(hook)),
        pair: (1, Some(a.clone())),
        both: [None, Some(b.clone())],
    });
    label("");
    *job.peers.write().unwrap() = Some(job.clone());
    job.raw.set(Arc::as_ptr(&job));
    label("waiting");
    job.state.lock().unwrap().waiting.push_back(*poly);
    label("seen");
    job.state.lock().unwrap().seen.insert(9, job.clone());

    label("person");
    let person = Rc::new(RefCell::new(Person {
        friends: Vec::new(), boss: None, rooms: BTreeMap::new(), once: OnceCell::new(), send: None, mood: Ok(Mood::Plain), name: "A",
    }));
    label("friends");
    person.borrow_mut().friends.push(person.clone());
    label("");
    person.borrow_mut().boss = Some(Rc::downgrade(&person));
    label("rooms");
    person.borrow_mut().rooms.insert(3, person.clone());
    label("");
    person.borrow().once.set(person.clone()).ok();
    person.borrow_mut().mood = Ok(Mood::Fond(person.clone()));
    label("channel");
    let (send, receive) = std::sync::mpsc::channel();
    send.send(person.clone()).ok();
    label("");
    person.borrow_mut().send = Some(send);

    label("wide");
    let wide = Rc::new(Wide { at: Cell::new(None) });
    label("");
    wide.at.set(Some(wide.clone()));

    label("vec");
    let many: Vec<Node> = Vec::with_capacity(5);
    label("collect");
    let collected: Vec<Rc<Node>> = (0..4).map(|_| a.clone()).collect();
    label("zeroed");
    let zeroed = vec![0u32; 100];
    label("string");
    let text = format!("{} and {}", 1, "two");
    label("rc slice");
    let slice: Rc<[Rc<Node>]> = Rc::from(vec![a.clone(), b.clone()]);
    label("rc str");
    let shared: Arc<str> = Arc::from("shared text");
    label("btree");
    let ordered = BTreeMap::from([(1u32, a.clone())]);
    label("set");
    let names: HashSet<String> = HashSet::from([String::new()]);
    label("future");
    let future = Box::pin(waits(a.clone(), std::future::pending()));
    label("default");
    let standard: Box<[u64; 16]> = Default::default();
    label("");

    keep((person, receive));
    keep((a, b, root, leaf, dynamic, boxed, job, wide, many));
    keep((collected, zeroed, text, slice, shared, ordered, names, future, standard));
    report();
}

fn report() {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    println!("base {}", maps.split('-').next().unwrap());
    for i in 0..COUNT.load(Relaxed) {
        let made = unsafe { MADE[i] };
        print!("{}\t{:x}\t{}\t", made.label, made.addr, made.size);
        for ip in &made.stack[..made.depth] {
            print!("{:x} ", ip);
        }
        print!("\t");
        if made.addr != 0 {
            for k in 0..made.size {
                print!("{:02x}", unsafe { *((made.addr + k) as *const u8) });
            }
        }
        println!();
    }
}
