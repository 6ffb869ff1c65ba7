use std::any::TypeId;
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::sync::{LazyLock, Mutex};

// Something takes out.
static NAMES: Mutex<Vec<String>> = Mutex::new(Vec::new());

pub fn greet(name: String) {
    NAMES.lock().unwrap().push(name);
}

pub fn forget() {
    NAMES.lock().unwrap().clear();
}

// A limit.
static PAGES: LazyLock<Mutex<HashMap<String, u32>>> = LazyLock::new(|| Mutex::new(HashMap::new()));

pub fn page(path: &str) -> u32 {
    let mut pages = PAGES.lock().unwrap();
    let n = path.split('/').count() as u32;
    if pages.len() < 1000 {
        pages.insert(path.to_string(), n);
    }
    n
}

// Replaced as a whole.
static LINES: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());

pub fn log(line: String) {
    LINES.lock().unwrap().push_back(line);
}

pub fn flush() -> VecDeque<String> {
    std::mem::take(&mut *LINES.lock().unwrap())
}

// As many as the program has types.
static SIZES: LazyLock<Mutex<HashMap<TypeId, usize>>> = LazyLock::new(|| Mutex::new(HashMap::new()));

pub fn size<T: 'static>() -> usize {
    *SIZES.lock().unwrap().entry(TypeId::of::<T>()).or_insert(size_of::<T>())
}

// A stack of the thread.
thread_local! {
    static DEPTH: RefCell<Vec<u64>> = RefCell::new(Vec::new());
}

pub fn inside<R>(n: u64, f: impl FnOnce() -> R) -> R {
    DEPTH.with(|d| d.borrow_mut().push(n));
    let r = f();
    DEPTH.with(|d| d.borrow_mut().pop());
    r
}

// As many as the program has places that call it.
pub trait Site: Sync {
    fn line(&self) -> u32;
}

static SITES: Mutex<Vec<&'static dyn Site>> = Mutex::new(Vec::new());

pub fn note(site: &'static dyn Site) {
    SITES.lock().unwrap().push(site);
}

// No static at all.
pub struct Store {
    items: Vec<String>,
}

impl Store {
    pub fn add(&mut self, s: String) {
        self.items.push(s);
    }
}

fn main() {}
